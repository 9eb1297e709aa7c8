using Microsoft.Extensions.Logging.Abstractions;
using Millrace.Common.Model;
using Millrace.Common.Wire;
using Millrace.TestKit;
using Millrace.Worker.Core;
using Millrace.Worker.Core.Operators;
using Millrace.Worker.Core.Tasks;
using Millrace.Worker.Run;
using Millrace.Worker.Tests.Core.Tasks;

namespace Millrace.Worker.Tests.Run;

/// <summary>A worker without sockets and threads of its own: the test turns its loops.</summary>
internal sealed class RunHarness : IBlockSource, IControlLink, IWorkerInbox, IAsyncDisposable
{
    private const long Stream = 1;

    private readonly ManualTime _time = new();
    private readonly CancellationTokenSource _stop = new();
    private readonly RunLoops _loops;
    private readonly Restorer _restorer;
    private readonly Task _checkpoints;
    private TaskGrant? _grant;

    public RunHarness()
    {
        var clock = new WorkerClock(_time);
        var gate = new LeaseGate(clock);
        gate.Set(TimeSpan.FromHours(1));
        Loop = new WorkerLoop(new WorkerMachine(WorkerPolicy.Default), clock, NullLogger.Instance);
        var checkpointer = new Checkpointer(Store, this, NullLogger.Instance);
        _loops = new RunLoops(1, new RunPorts(this, this, checkpointer, gate, clock), NullLogger.Instance);
        _restorer = new Restorer(Store, OperatorCatalog.Standard, _loops, this, NullLogger.Instance);
        _checkpoints = checkpointer.RunAsync(_stop.Token);
        Loop.Connect(new WorkerActors(_loops, _restorer, this, this));
        Loop.Post(new SessionOpened(1, TimeSpan.FromSeconds(2)));
    }

    public WorkerLoop Loop { get; }

    public MemorySnapshotStore Store { get; } = new();

    public InputSequence Input { get; } = new([3, 4, 1]);

    public List<SessionMessage> Sent { get; } = [];

    public List<(ulong Position, ulong NextOffset)> Subscriptions { get; } = [];

    public int Failures { get; private set; }

    /// <summary>Grants a task and returns when it is subscribed.</summary>
    public async Task AssignAsync(TaskGrant grant)
    {
        int before = Subscriptions.Count;
        _grant = grant;
        Loop.Post(new Assigned(grant));
        await UntilAsync(() => Subscriptions.Count > before);
    }

    public void Deliver(params int[] frames)
    {
        var message = new RawFetchResponse();
        foreach (int frame in frames)
        {
            int first = Input.FirstEvent(frame);
            int end = Input.EndEvent(frame);
            message.Add(new RawBlock(
                _grant!.Task.Value,
                _grant.Epoch.Value,
                InputSequence.EndOf(frame),
                (ulong)first,
                (uint)(end - first),
                false,
                (ulong)Subscriptions.Count,
                Input.Entries.Bytes(first, end)));
        }

        Assert.That(_loops.DeliverAsync(new BlockDelivery(message, Stream), default).IsCompletedSuccessfully, Is.True);
        Turn();
    }

    /// <summary>Lets the interval pass, answers the commit that follows, and returns it.</summary>
    public async Task<SendCommit> CheckpointAsync()
    {
        int before = Sent.Count;
        Advance(2.5);
        await UntilAsync(() => Sent.Skip(before).OfType<SendCommit>().Any());
        SendCommit commit = Sent.OfType<SendCommit>().Last();
        Answer(commit);
        return commit;
    }

    public void Answer(SendCommit commit)
    {
        Loop.Post(new CommitAnswered(commit.CommitId, commit.Checkpoint.Task, commit.Checkpoint.Epoch, true, ""));
        Turn();
    }

    public void Advance(double seconds)
    {
        _time.Advance(TimeSpan.FromSeconds(seconds));
        Loop.Post(new Tick());
        Turn();
    }

    /// <summary>Lets every loop do what waits for it.</summary>
    public void Turn()
    {
        do
        {
            Loop.HandlePosted();
        }
        while (_loops.All[0].Step());
    }

    /// <summary>Turns the loops until background work has brought about what the test waits for.</summary>
    public async Task UntilAsync(Func<bool> done)
    {
        using var timeout = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        while (!done())
        {
            timeout.Token.ThrowIfCancellationRequested();
            Turn();
            await Task.Yield();
        }

        // What was posted just before it came about is handled at this time, not after the test moves the clock.
        Turn();
    }

    public void Post(WorkerInput input)
    {
        Loop.Post(input);
        if (input is RestoreFailed or CheckpointFailed)
        {
            Failures++;
        }
    }

    public void Send(SessionMessage message) => Sent.Add(message);

    public BlockSubscription Subscribe(TaskId task, Epoch epoch, ulong position, ulong nextOffset)
    {
        Subscriptions.Add((position, nextOffset));
        return new BlockSubscription(Stream, (ulong)Subscriptions.Count);
    }

    public void Unsubscribe(TaskId task, Epoch epoch)
    {
    }

    public void Return(long stream, in RawBlock block)
    {
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _checkpoints.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await _restorer.DisposeAsync();
        _loops.Dispose();
        _stop.Dispose();
    }
}
