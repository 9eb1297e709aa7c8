using System.Collections.Immutable;
using System.Threading.Channels;
using Millrace.Common.Model;
using Millrace.Coordinator.Core;
using Millrace.Coordinator.Core.Topics;
using Millrace.Coordinator.Journal;
using Millrace.Coordinator.Loop;

namespace Millrace.Benchmarks.Ceiling;

/// <summary>
/// The coordinator with everything taken out that makes it more than a relay: batches come in through the same ingest
/// code and go out through the same dispatch code; in between they are put together by partition and acknowledged at
/// once.
/// </summary>
internal sealed class RelayLoop : IControlLoop, IBatchIntake
{
    public const string Topic = "bench";
    public const int Partitions = 16;
    private const int MaxQueuedBatches = 64;
    private const int MaxBytesAtOnce = 3 << 20;

    private readonly Channel<OfferedBatch> _batches = Channel.CreateBounded<OfferedBatch>(
        new BoundedChannelOptions(MaxQueuedBatches) { SingleReader = true });

    private readonly BlockAssembly _assembly = new(Partitions);
    private readonly NoJournal _journal;
    private readonly IDispatch _dispatch;
    private ulong _position;

    public RelayLoop(NoJournal journal, IDispatch dispatch)
    {
        _journal = journal;
        _dispatch = dispatch;
        Ids = [.. Enumerable.Range(1, Partitions).Select(i => new PartitionId((uint)i))];
        var route = new TopicRoute(
            new TopicId(1), Topic, [.. Enumerable.Range(0, 4096).Select(g => g * Partitions / 4096)], Ids);
        Routing = Routing.Empty with { Topics = Routing.Empty.Topics.Add(Topic, route) };
    }

    public ImmutableArray<PartitionId> Ids { get; }

    public ulong Incarnation => 1;

    public Routing Routing { get; }

    public ValueTask PostAsync(Input input, CancellationToken cancellation) => ValueTask.CompletedTask;

    /// <summary>Only producers ask, and each is told that it is new.</summary>
    public Task<T> AskAsync<T>(Func<long, Input> input, CancellationToken cancellation)
    {
        object answer = input(0) is OpenProducer open
            ? new OpenedProducer(open.ProducerId.Length > 0 ? open.ProducerId : "relay", 1, 1, [])
            : throw new NotSupportedException("The ceiling only relays.");
        return Task.FromResult((T)answer);
    }

    public void OpenSession(ulong session, ISessionSink sink)
    {
    }

    public void CloseSession(ulong session)
    {
    }

    public ValueTask OfferAsync(OfferedBatch batch, CancellationToken cancellation) =>
        _batches.Writer.WriteAsync(batch, cancellation);

    public async Task RunAsync(CancellationToken cancellation)
    {
        var taken = new List<OfferedBatch>();
        while (await _batches.Reader.WaitToReadAsync(cancellation))
        {
            int bytes = 0;
            while (bytes < MaxBytesAtOnce && _batches.Reader.TryRead(out OfferedBatch? batch))
            {
                taken.Add(batch);
                bytes += batch.Entries.ByteCount;
            }

            Relay(taken);
            taken.Clear();
        }
    }

    private void Relay(List<OfferedBatch> batches)
    {
        SealedFrame frame = _assembly.Assemble(batches, Ids, _position);
        _position = frame.End;
        _journal.Advance(frame.End);
        _dispatch.Durable(frame);
        frame.Release();
        foreach (OfferedBatch batch in batches)
        {
            ulong last = batch.FirstSequence + (ulong)batch.Entries.Count - 1;
            batch.Outcome!.Acknowledged(batch, last, 0, _position);
        }
    }
}
