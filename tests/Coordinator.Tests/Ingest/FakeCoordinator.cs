using System.Collections.Immutable;
using System.Threading.Channels;
using Millrace.Common.Keys;
using Millrace.Common.Model;
using Millrace.Coordinator.Core;
using Millrace.Coordinator.Core.Topics;
using Millrace.Coordinator.Core.Topics.Partitioning;
using Millrace.Coordinator.Loop;

namespace Millrace.Coordinator.Tests.Ingest;

/// <summary>Stands in for the loop: keeps what is offered until the test says what became of it.</summary>
internal sealed class FakeCoordinator : IControlLoop, IBatchIntake
{
    private readonly Channel<OfferedBatch> _offered = Channel.CreateUnbounded<OfferedBatch>();

    public ulong Incarnation => 7;

    public Routing Routing { get; set; } = RoutingOf(Topic("words", 1, 4096, 16));

    /// <summary>Answers every question, or throws.</summary>
    public Func<Input, object> Answer { get; set; } = _ => throw new NotSupportedException();

    /// <summary>Answers in time of its own, in place of <see cref="Answer"/>.</summary>
    public Func<Input, Task<object>>? AnswerLater { get; set; }

    /// <summary>Decides about a batch as soon as it is offered; without it batches wait for
    /// <see cref="NextAsync"/>.</summary>
    public Action<OfferedBatch>? Decide { get; set; }

    public static TopicRoute Topic(
        string name, uint id, int groups, int partitions, PartitioningSpec? partitioning = null)
    {
        int[] map = new int[groups];
        for (int i = 0; i < partitions; i++)
        {
            KeyGroupRange range = KeyGroups.Range(i, partitions, groups);
            Array.Fill(map, i, range.First, range.Count);
        }

        PartitionId[] ids = [.. Enumerable.Range(0, partitions).Select(i => new PartitionId((id * 1000) + (uint)i))];
        return new TopicRoute(new TopicId(id), name, [.. map], [.. ids])
        {
            Partitioner = Partitioner.Of(partitioning ?? PartitioningSpec.Default, groups),
        };
    }

    public static Routing RoutingOf(params TopicRoute[] topics) => new(
        1, topics.ToImmutableSortedDictionary(topic => topic.Name, topic => topic, StringComparer.Ordinal));

    public ValueTask<OfferedBatch> NextAsync(CancellationToken cancellation) =>
        _offered.Reader.ReadAsync(cancellation);

    public bool TryNext(out OfferedBatch? batch) => _offered.Reader.TryRead(out batch);

    public ValueTask OfferAsync(OfferedBatch batch, CancellationToken cancellation)
    {
        if (Decide is { } decide)
        {
            decide(batch);
            return ValueTask.CompletedTask;
        }

        return _offered.Writer.WriteAsync(batch, cancellation);
    }

    public async Task<T> AskAsync<T>(Func<long, Input> input, CancellationToken cancellation)
    {
        object answer = AnswerLater is { } later ? await later(input(1)) : Answer(input(1));
        return answer is Refusal refusal ? throw new RefusalException(refusal) : (T)answer;
    }

    public ValueTask PostAsync(Input input, CancellationToken cancellation) => throw new NotSupportedException();

    public void OpenSession(ulong session, ISessionSink sink) => throw new NotSupportedException();

    public void CloseSession(ulong session) => throw new NotSupportedException();
}
