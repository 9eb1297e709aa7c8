using System.Threading.Channels;
using Microsoft.Extensions.Logging;
using Millrace.Common.Failpoints;
using Millrace.Worker.Core;
using Millrace.Worker.Core.Tasks;
using Millrace.Worker.Logs;

namespace Millrace.Worker.Run;

/// <summary>The one loop that owns the worker's machine: takes inputs in order and carries out what it
/// decides.</summary>
internal sealed class WorkerLoop(WorkerMachine machine, WorkerClock clock, ILogger logger) : IWorkerInbox
{
    private const int MaxQueued = 65_536;
    private static readonly TimeSpan _tickInterval = TimeSpan.FromMilliseconds(50);

    private readonly Channel<Item> _items = Channel.CreateBounded<Item>(
        new BoundedChannelOptions(MaxQueued) { SingleReader = true });

    private readonly List<WorkerEffect> _effects = [];
    private readonly TaskCompletionSource _left = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private TimeSpan _reportedAt;
    private WorkerActors? _actors;

    /// <summary>Completes when everything is handed back or given up.</summary>
    public Task Left => _left.Task;

    /// <summary>Says who carries out the effects. Before anything is posted.</summary>
    public void Connect(WorkerActors actors) => _actors = actors;

    public void Post(WorkerInput input)
    {
        if (!_items.Writer.TryWrite(new Item(input, null)))
        {
            _items.Writer.WriteAsync(new Item(input, null)).AsTask().GetAwaiter().GetResult();
        }
    }

    public ValueTask PostAsync(WorkerInput input, CancellationToken cancellation) =>
        _items.Writer.WriteAsync(new Item(input, null), cancellation);

    /// <summary>What a hello must report, after everything that was posted before.</summary>
    public async Task<Holdings> HeldAsync(CancellationToken cancellation)
    {
        var held = new TaskCompletionSource<Holdings>(
            TaskCreationOptions.RunContinuationsAsynchronously);
        await _items.Writer.WriteAsync(new Item(null, held), cancellation).ConfigureAwait(false);
        return await held.Task.WaitAsync(cancellation).ConfigureAwait(false);
    }

    /// <summary>Runs until cancelled.</summary>
    public async Task RunAsync(CancellationToken cancellation)
    {
        Task ticking = TickAsync(cancellation);
        await foreach (Item item in _items.Reader.ReadAllAsync(cancellation).ConfigureAwait(false))
        {
            Handle(item);
        }

        await ticking.ConfigureAwait(false);
    }

    /// <summary>Handles what has been posted so far, on the caller's thread; for tests.</summary>
    public void HandlePosted()
    {
        while (_items.Reader.TryRead(out Item item))
        {
            Handle(item);
        }
    }

    private async Task TickAsync(CancellationToken cancellation)
    {
        using var timer = new PeriodicTimer(_tickInterval, clock.Time);
        while (await timer.WaitForNextTickAsync(cancellation).ConfigureAwait(false))
        {
            await PostAsync(new Tick(), cancellation).ConfigureAwait(false);
        }
    }

    private void Handle(Item item)
    {
        if (item.Held is not null)
        {
            item.Held.TrySetResult(machine.Held);
            return;
        }

        WorkerInput input = item.Input!;
        machine.Handle(input, clock.Now, _effects);
        foreach (WorkerEffect effect in _effects)
        {
            Perform(effect);
        }

        _effects.Clear();
        After(input);
    }

    private void After(WorkerInput input)
    {
        if (input is Assigned)
        {
            Failpoint.Hit("A4");
        }
        else if (input is Tick && clock.Uptime - _reportedAt >= machine.ReportInterval)
        {
            _reportedAt = clock.Uptime;
            Actors.Loops.PostToAll(new ReportProgress());
        }
    }

    private WorkerActors Actors => _actors ?? throw new InvalidOperationException("The loop is not connected.");

    private void Restore(TaskGrant grant)
    {
        logger.TaskTaken(
            grant.Task.Value,
            $"jobs/{grant.Job}/assignments/{grant.Stage}-{grant.PartitionIndex}",
            grant.Epoch.Value,
            grant.Restore.Position);
        Actors.Loops.Place(grant, clock.Uptime);
        Actors.Restorer.Start(grant);
    }

    private void Perform(WorkerEffect effect)
    {
        switch (effect)
        {
            case StartRestore start:
                Restore(start.Grant);
                break;
            case DropTask drop:
                logger.TaskGivenUp(drop.Task.Value, drop.Epoch.Value);
                Actors.Restorer.Cancel(drop.Task);
                Actors.Blocks.Unsubscribe(drop.Task, drop.Epoch);
                Actors.Loops.Remove(drop.Task, drop.Epoch);
                break;
            case SubscribeTask subscribe:
                Actors.Loops.Post(subscribe.Task, new AttachTask(subscribe.Task, subscribe.Epoch));
                break;
            case PromoteTask promote:
                logger.TaskTakenOver(promote.Task.Value, promote.Epoch.Value);
                Actors.Loops.Post(
                    promote.Task,
                    new PromoteWarm(promote.Task, promote.Epoch, clock.Uptime, promote.Committed));
                break;
            case UnsubscribeTask unsubscribe:
                Actors.Blocks.Unsubscribe(unsubscribe.Task, unsubscribe.Epoch);
                break;
            case DetachTasks:
                Actors.Loops.PostToAll(new DetachAll());
                break;
            case PauseTasks:
                logger.LeaseOver(Actors.Loops.TaskCount);
                break;
            case ResumeTasks:
                logger.LeaseBack(Actors.Loops.TaskCount);
                Actors.Loops.PostToAll(new LookAgain());
                break;
            case WatchForEnd watch:
                Actors.Loops.Post(watch.Task, new WatchEnd(watch.Task, watch.Epoch, watch.EndOffset));
                break;
            case TellVerdicts tell:
                Actors.Loops.Post(tell.Task, new TakeVerdicts(tell.Task, tell.Epoch, tell.Verdicts));
                break;
            case TellLeave tell:
                Actors.Loops.Post(tell.Task, new TakeLeave(tell.Task, tell.Epoch, tell.Leave));
                break;
            case CaptureTask capture:
                Actors.Loops.Post(capture.Task, new BeginCheckpoint(capture.Task, capture.Epoch, capture.Again));
                break;
            case FinishCheckpoint finish:
                Actors.Loops.Post(finish.Task, new EndCheckpoint(finish.Task, finish.Epoch, finish.CommittedOffset));
                break;
            case NoteCommitRefused refused:
                logger.CommitRefused(refused.Task.Value, refused.Epoch.Value, refused.Reason);
                break;
            case SessionMessage message:
                Actors.Link.Send(message);
                break;
            case Leave:
                _left.TrySetResult();
                break;
        }
    }

    /// <summary>An input, or a request for what is held.</summary>
    private readonly record struct Item(
        WorkerInput? Input, TaskCompletionSource<Holdings>? Held);
}
