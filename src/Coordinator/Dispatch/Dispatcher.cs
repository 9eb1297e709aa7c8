using Grpc.Core;
using Microsoft.Extensions.Logging;
using Millrace.Common.Model;
using Millrace.Common.Wire;
using Millrace.Coordinator.Journal;
using Millrace.Coordinator.Logs;
using Millrace.Coordinator.Loop;
using Millrace.Protocol.Worker.V1;

namespace Millrace.Coordinator.Dispatch;

/// <summary>
/// Brings durable frames to workers (Fetch) and readers (Read). It sees nothing that is not durable: new frames come
/// from the loop once they are synced, old ones from the journal below its durable end.
/// </summary>
internal sealed class Dispatcher : IDispatch, IDisposable
{
    private readonly Lock _gate = new();
    private readonly Dictionary<ulong, FetchStream> _streams = [];
    private readonly DispatchParts _parts;
    private readonly OffsetIndex _offsets;
    private readonly DispatchLimits _limits;
    private readonly TimeProvider _time;
    private readonly ITimer _reminder;
    private WakeSignal[] _signals = [];

    public Dispatcher(IJournal journal, DispatchLimits limits, TimeProvider time, ILogger<Dispatcher> log)
    {
        _limits = limits;
        _time = time;
        _parts = new DispatchParts(new FrameRing(limits.RingBytes), new GrantTable(), journal, limits, log);
        _offsets = new OffsetIndex(journal);
        _reminder = time.CreateTimer(
            static state => ((Dispatcher)state!).Remind(), this, limits.NoticeInterval, limits.NoticeInterval);
    }

    /// <summary>The reading half of the ingest service.</summary>
    public ServerServiceDefinition DefineReads(IControlLoop loop) =>
        new PartitionReads(new FrameSource(_parts.Ring, _parts.Journal), _offsets, loop, _limits, Follow).Define();

    /// <summary>The data stream of the worker protocol.</summary>
    /// <param name="loop">Hears that workers say something here; null: nobody wants to know.</param>
    public ServerServiceDefinition DefineFetch(IControlLoop? loop = null) =>
        ServerServiceDefinition.CreateBuilder()
            .AddMethod<FetchRequest, RawFetchResponse>(
                WorkerMethods.Fetch, (requests, responses, context) => FetchAsync(requests, responses, loop, context))
            .Build();

    public void Durable(SealedFrame frame)
    {
        _offsets.Add(frame);
        _parts.Ring.Add(frame);
        RoutingChanged();
    }

    public void RoutingChanged()
    {
        foreach (WakeSignal signal in Volatile.Read(ref _signals))
        {
            signal.Set();
        }
    }

    public void Grant(ulong session, TaskId task, Epoch epoch, PartitionId partition, bool warm = false) =>
        _parts.Grants.Grant(session, task, epoch, partition, warm);

    public void StopCopy(TaskId task, Epoch epoch) => _parts.Grants.StopCopy(task, epoch);

    public void Stop(TaskId task, Epoch belowEpoch) => _parts.Grants.Stop(task, belowEpoch);

    public void Dispose()
    {
        _reminder.Dispose();
        _parts.Ring.Dispose();
    }

    internal async Task FetchAsync(
        IAsyncStreamReader<FetchRequest> requests,
        IServerStreamWriter<RawFetchResponse> responses,
        IControlLoop? loop,
        ServerCallContext context)
    {
        if (!await requests.MoveNext(context.CancellationToken)
            || requests.Current.MessageCase != FetchRequest.MessageOneofCase.Open)
        {
            throw DispatchRefusals.NotOpened().ToRpcException();
        }

        FetchOpen open = requests.Current.Open;
        var signs = new SignsOfLife(open.Worker, open.SessionId, loop, _time);
        using var stream = new FetchStream(open.SessionId, _parts, signs);
        using IDisposable following = Follow(stream.Wake);
        Enter(stream);
        _parts.Log.FetchOpened(open.Worker, open.SessionId);
        try
        {
            await stream.RunAsync(requests, responses, context.CancellationToken);
        }
        finally
        {
            Leave(stream);
            _parts.Log.FetchEnded(open.Worker, open.SessionId);
        }
    }

    /// <summary>Sets the signal after every durable frame until the result is disposed.</summary>
    private IDisposable Follow(WakeSignal signal)
    {
        lock (_gate)
        {
            Volatile.Write(ref _signals, [.. _signals, signal]);
        }

        return new Following(this, signal);
    }

    private void Unfollow(WakeSignal signal)
    {
        lock (_gate)
        {
            Volatile.Write(ref _signals, [.. _signals.Where(other => other != signal)]);
        }
    }

    private void Enter(FetchStream stream)
    {
        lock (_gate)
        {
            if (_streams.TryGetValue(stream.Session, out FetchStream? older))
            {
                older.Replace();
            }

            _streams[stream.Session] = stream;
        }
    }

    private void Leave(FetchStream stream)
    {
        lock (_gate)
        {
            if (_streams.GetValueOrDefault(stream.Session) == stream)
            {
                _streams.Remove(stream.Session);
            }
        }
    }

    private void Remind()
    {
        lock (_gate)
        {
            foreach (FetchStream stream in _streams.Values)
            {
                stream.RemindOfNotices();
            }
        }
    }

    private sealed class Following(Dispatcher owner, WakeSignal signal) : IDisposable
    {
        public void Dispose() => owner.Unfollow(signal);
    }
}
