using System.Collections.Concurrent;
using System.Threading.Channels;
using Microsoft.Extensions.Logging;
using Millrace.Common.Failpoints;
using Millrace.Common.Model;
using Millrace.Coordinator.Core;
using Millrace.Coordinator.Core.Topics;
using Millrace.Coordinator.Journal;
using Millrace.Coordinator.Logs;

namespace Millrace.Coordinator.Loop;

/// <summary>
/// The one thread that owns the machine. It takes inputs and batches from bounded queues, hands frames to the journal
/// without waiting for the disk, and carries out effects once they may leave.
/// </summary>
internal sealed class CoordinatorLoop : IControlLoop, IBatchIntake, IOutbox, IAsyncDisposable
{
    private const int MaxQueuedInputs = 4096;
    private const int MaxQueuedBatches = 64;
    private const int MaxInputsAtOnce = 256;
    private static readonly TimeSpan TickInterval = TimeSpan.FromMilliseconds(50);

    private readonly Channel<Input> _inputs = Channel.CreateBounded<Input>(
        new BoundedChannelOptions(MaxQueuedInputs) { SingleReader = true });

    private readonly Channel<OfferedBatch> _batches = Channel.CreateBounded<OfferedBatch>(
        new BoundedChannelOptions(MaxQueuedBatches) { SingleReader = true });

    private readonly ConcurrentDictionary<long, TaskCompletionSource<object>> _calls = new();
    private readonly ConcurrentDictionary<ulong, ISessionSink> _sessions = new();
    private readonly AutoResetEvent _wake = new(false);
    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _started = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly CoordinatorMachine _machine;
    private readonly CommitPipeline _pipeline;
    private readonly IJournal _journal;
    private readonly LoopPorts _ports;
    private readonly LoopUpkeep _upkeep;
    private readonly ILogger _log;
    private readonly TimeProvider _time;
    private readonly long _startTimestamp;
    private readonly Thread _thread;

    private OfferedBatch? _waiting;
    private SealedFrame? _durable;
    private long _nextCall;
    private TimeSpan _nextTick;
    private long _tickedAt;
    private volatile bool _stopping;
    private volatile bool _asleep;
    private volatile Routing _routing = Routing.Empty;

    public CoordinatorLoop(CoordinatorMachine machine, IJournal journal, LoopPorts ports, ulong incarnation)
    {
        _machine = machine;
        _journal = journal;
        _ports = ports;
        _log = ports.Log;
        _time = ports.Time;
        _startTimestamp = _time.GetTimestamp();
        _tickedAt = _startTimestamp;
        _pipeline = new CommitPipeline(machine, new FrameBuilder(journal.Geometry), journal, this);
        _upkeep = new LoopUpkeep(machine, journal, ports.ControlSnapshots);
        Incarnation = incarnation;
        _thread = new Thread(Run) { Name = "coordinator-loop", IsBackground = true };
    }

    public ulong Incarnation { get; }

    public Routing Routing => _routing;

    /// <summary>How long ago the loop last noticed the time; about one tick while it is well. From any
    /// thread.</summary>
    public TimeSpan SinceTick => _time.GetElapsedTime(Volatile.Read(ref _tickedAt));

    /// <summary>Completes when this life's first record is durable. Topics are known from then on: whoever served
    /// before would refuse producers of topics that exist.</summary>
    public Task Started => _started.Task;

    /// <summary>Completes when the loop has ended; faulted when it died.</summary>
    public Task Ended => _ended.Task;

    /// <summary>Starts the loop with the record that this incarnation began.</summary>
    public void Start(Input first)
    {
        _inputs.Writer.TryWrite(first);
        _thread.Start();
    }

    public async ValueTask PostAsync(Input input, CancellationToken cancellation)
    {
        await _inputs.Writer.WriteAsync(input, cancellation);
        Wake();
    }

    public async ValueTask OfferAsync(OfferedBatch batch, CancellationToken cancellation)
    {
        await _batches.Writer.WriteAsync(batch, cancellation);
        Wake();
    }

    public async Task<T> AskAsync<T>(Func<long, Input> input, CancellationToken cancellation)
    {
        long call = Interlocked.Increment(ref _nextCall);
        var answer = new TaskCompletionSource<object>(TaskCreationOptions.RunContinuationsAsynchronously);
        _calls[call] = answer;
        try
        {
            await PostAsync(input(call), cancellation);
            object result = await answer.Task.WaitAsync(cancellation);
            return result is Refusal refusal ? throw new RefusalException(refusal) : (T)result;
        }
        finally
        {
            _calls.TryRemove(call, out _);
        }
    }

    public void OpenSession(ulong session, ISessionSink sink) => _sessions[session] = sink;

    public void CloseSession(ulong session) => _sessions.TryRemove(session, out _);

    /// <summary>Ends the loop after what is queued; everything handed in is durable or refused then.</summary>
    public async ValueTask DisposeAsync()
    {
        _inputs.Writer.TryComplete();
        _batches.Writer.TryComplete();
        _stopping = true;
        _wake.Set();
        await _ended.Task.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _wake.Dispose();
    }

    void IOutbox.Carry(Effect effect)
    {
        switch (effect)
        {
            case Reply reply:
                if (_calls.TryGetValue(reply.Call, out TaskCompletionSource<object>? call))
                {
                    call.TrySetResult(reply.Result);
                }

                break;
            case Tell tell:
                Send(tell);
                break;
            case AnswerHeartbeat answer:
                Deliver(answer.Worker, answer.Session, sink => sink.TrySendHeartbeatAck(answer.Sequence));
                break;
            case EndSession end:
                if (_sessions.TryGetValue(end.Session, out ISessionSink? ending))
                {
                    ending.End(end.Why);
                }

                break;
            case PublishRouting publish:
                _routing = publish.Routing;
                _ports.Dispatch.RoutingChanged();
                break;
            case KeepSnapshots keep:
                _ports.Snapshots.Keep(keep.Task, keep.SnapshotIds);
                break;
            case DropSnapshots drop:
                _ports.Snapshots.Drop(drop.Task);
                break;
            case TrimJournal trim:
                _journal.Trim(trim.Below);
                break;
            case WantControlSnapshots want:
                _upkeep.Want(want.Above);
                break;
            case StopCopy stop:
                _ports.Dispatch.StopCopy(stop.Task, stop.Epoch);
                break;
            case StopDispatch stop:
                _ports.Dispatch.Stop(stop.Task, stop.BelowEpoch);
                break;
            default:
                throw new InvalidOperationException($"The loop does not know the effect {effect.GetType().Name}.");
        }
    }

    private void Send(Tell tell)
    {
        if (tell.Message is FinishTask or Assign { End: not null })
        {
            Failpoint.Hit("S2");
        }

        if (tell.Message is Assign assign)
        {
            Failpoint.Hit("A2");
            _ports.Dispatch.Grant(tell.Session, assign.Task, assign.Epoch, assign.Partition, assign.Warm);
        }
        else if (tell.Message is CommitAnswer { Accepted: true })
        {
            Failpoint.Hit("W6");
        }

        Deliver(tell.Worker, tell.Session, sink => sink.TrySend(tell.Message));
    }

    private void Deliver(string worker, ulong session, Func<ISessionSink, bool> send)
    {
        if (!_sessions.TryGetValue(session, out ISessionSink? sink) || send(sink))
        {
            return;
        }

        _log.SessionOverflowed(worker);
        sink.End(new Refusal(
            RefusalKind.ResourceExhausted,
            "SESSION_TOO_SLOW",
            "The worker does not read its control stream; reconnect."));
    }

    private void Wake()
    {
        if (_asleep)
        {
            _wake.Set();
        }
    }

    private Now Now() => new(_time.GetElapsedTime(_startTimestamp), _time.GetUtcNow().ToUnixTimeMilliseconds());

    private void Run()
    {
        try
        {
            while (!_stopping || HasWork())
            {
                Step();
            }

            _upkeep.Close(_pipeline);
            _ended.SetResult();
        }
        catch (Exception failure)
        {
            _ended.SetException(failure);
            _ports.Fatal("coordinator loop", failure);
        }
    }

    private bool HasWork() =>
        _waiting is not null || _pipeline.IsWriting || !_pipeline.IsIdle
        || _inputs.Reader.TryPeek(out _) || _batches.Reader.TryPeek(out _);

    private void Step()
    {
        bool busy = TakeDurable() | TakeInputs() | TakeBatches();
        Now now = Now();
        if (now.Uptime >= _nextTick && _pipeline.HasRoomForInput)
        {
            _nextTick = now.Uptime + TickInterval;
            Volatile.Write(ref _tickedAt, _time.GetTimestamp());
            _pipeline.Handle(new Tick(), now);
            _upkeep.Tick(_pipeline, now);
        }

        if (_pipeline.TrySeal(now) is { } frame)
        {
            _upkeep.Sealed(frame);
            _journal.Write(frame, Durable);
            return;
        }

        if (!busy)
        {
            Sleep();
        }
    }

    private bool TakeDurable()
    {
        SealedFrame? frame = Interlocked.Exchange(ref _durable, null);
        if (frame is null)
        {
            return false;
        }

        _upkeep.Durable(frame);
        _ports.Dispatch.Durable(frame);
        _pipeline.Durable();
        _started.TrySetResult();
        frame.Release();
        return true;
    }

    private bool TakeInputs()
    {
        int taken = 0;
        while (taken < MaxInputsAtOnce && _pipeline.HasRoomForInput && _inputs.Reader.TryRead(out Input? input))
        {
            _pipeline.Handle(input, Now());
            taken++;
        }

        return taken > 0;
    }

    private bool TakeBatches()
    {
        int taken = 0;
        while (taken < MaxQueuedBatches && (_waiting is not null || _batches.Reader.TryRead(out _waiting)))
        {
            if (!_pipeline.TryOffer(_waiting!, Now()))
            {
                break;
            }

            _waiting = null;
            taken++;
        }

        return taken > 0;
    }

    /// <summary>Waits for work or the next tick. The flag is set before the queues are looked at once more, so that a
    /// writer either is seen here or sees the flag.</summary>
    private void Sleep()
    {
        _asleep = true;
        Interlocked.MemoryBarrier();
        bool somethingNew = Volatile.Read(ref _durable) is not null
            || _inputs.Reader.TryPeek(out _)
            || (_waiting is null && _batches.Reader.TryPeek(out _));
        if (!somethingNew && !_stopping)
        {
            TimeSpan wait = _nextTick - Now().Uptime;
            if (wait > TimeSpan.Zero)
            {
                _wake.WaitOne(wait);
            }
        }

        _asleep = false;
    }

    private void Durable(SealedFrame frame)
    {
        Volatile.Write(ref _durable, frame);
        Wake();
    }
}
