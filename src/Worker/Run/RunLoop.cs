using Microsoft.Extensions.Logging;
using Millrace.Common.Failpoints;
using Millrace.Common.Model;
using Millrace.Common.Wire;
using Millrace.Worker.Core;
using Millrace.Worker.Core.Flow;
using Millrace.Worker.Core.Tasks;
using Millrace.Worker.Core.Verdicts;
using Millrace.Worker.Logs;
using EventFields = Millrace.Worker.Core.Flow.EventFields;

namespace Millrace.Worker.Run;

/// <summary>
/// Runs several tasks on one thread: takes their blocks, freezes their states for checkpoints and answers questions
/// about them between two blocks, so that an answer is always that of one moment.
/// </summary>
internal sealed class RunLoop(RunPorts ports, RunMailbox mailbox, ILogger logger)
{
    /// <summary>How many events are handed to an operator at a time: few enough to stay in the first-level
    /// cache.</summary>
    private const int BatchEvents = 256;

    /// <summary>Questions of one task that may wait; more are refused.</summary>
    private const int MaxWaiting = 256;

    private static readonly TimeSpan _idleWait = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan _shortWait = TimeSpan.FromMilliseconds(20);

    private readonly Dictionary<ulong, TaskSlot> _slots = [];
    private readonly EventFields[] _scratch = new EventFields[BatchEvents];
    private readonly SyntheticCost _cost = new(ports);
    private readonly Queue<TaskSlot> _judged = [];
    private int _waiting;

    public RunMailbox Mailbox { get; } = mailbox;

    /// <summary>Another step would do something.</summary>
    public bool HasWork =>
        Mailbox.HasWork(deliveriesWanted: ports.Gate.IsOpen) || (ports.Gate.IsOpen && _judged.Count > 0);

    /// <summary>The thread's life: until the mailbox is closed.</summary>
    public void Run()
    {
        bool open = true;
        while (open)
        {
            if (!Step())
            {
                // Without a lease blocks must wait; it may come back without anybody telling.
                bool gateOpen = ports.Gate.IsOpen;
                open = Mailbox.Wait(gateOpen, gateOpen && _waiting == 0 ? _idleWait : _shortWait);
            }
        }
    }

    /// <summary>Handles all commands and one delivery. False: there was nothing to do.</summary>
    public bool Step()
    {
        bool worked = ExecuteAll();
        while (ports.Gate.IsOpen && _judged.TryDequeue(out TaskSlot? judged))
        {
            Resume(judged);
            worked = true;
        }

        if (ports.Gate.IsOpen && Mailbox.TryTakeDelivery(out BlockDelivery delivery))
        {
            Take(delivery);
            worked = true;
        }

        if (_waiting > 0)
        {
            ExpireQuestions();
        }

        return worked;
    }

    private bool ExecuteAll()
    {
        bool any = false;
        while (Mailbox.TryTakeCommand(out RunCommand? command))
        {
            Execute(command!);
            any = true;
        }

        return any;
    }

    private void Execute(RunCommand command)
    {
        switch (command)
        {
            case PlaceTask place:
                Remove(place.Grant.Task);
                _slots[place.Grant.Task.Value] = new TaskSlot(place.Grant, place.GrantedAt);
                break;
            case LoadTask load when Find(load.Machine.Grant.Task, load.Machine.Grant.Epoch) is { Machine: null } slot:
                slot.Load(load.Machine);
                ports.Inbox.Post(new Restored(slot.Task, slot.Epoch));
                AnswerWaiting(slot);
                break;
            case RemoveTask remove when Find(remove.Task, remove.Epoch) is not null:
                Remove(remove.Task);
                break;
            case AttachTask attach when Find(attach.Task, attach.Epoch) is { Machine: { } machine } slot:
                slot.Subscription = ports.Blocks.Subscribe(
                    slot.Task, slot.Epoch, machine.SeenPosition, machine.NextOffset);
                break;
            case PromoteWarm promote when Find(promote.Task, promote.Epoch) is { IsWarm: true } slot:
                slot.Promote(promote.At, promote.Committed);
                AnswerWaiting(slot);
                break;
            case DetachAll:
                DetachSlots();
                break;
            case WatchEnd watch when Find(watch.Task, watch.Epoch) is { } slot:
                slot.EndOffset = watch.EndOffset;
                NoteEnd(slot);
                break;
            case TakeVerdicts take when Find(take.Task, take.Epoch) is { Machine: { } machine } slot:
                machine.Take(take.Verdicts);
                _judged.Enqueue(slot);
                break;
            case TakeLeave take when Find(take.Task, take.Epoch) is { Machine.Careful: not null } slot:
                if (slot.Take(take.Leave, ports.Inbox))
                {
                    _judged.Enqueue(slot);
                }

                break;
            case BeginCheckpoint begin when Find(begin.Task, begin.Epoch) is { Machine: not null } slot:
                slot.WantsCheckpoint = true;
                slot.WantsItAgain |= begin.Again;
                CheckpointIfWanted(slot);
                break;
            case EndCheckpoint end:
                Find(end.Task, end.Epoch)?.Machine?.EndCheckpoint(end.CommittedOffset);
                break;
            case ReportProgress:
                Report();
                break;
            case AskTask ask:
                Ask(ask);
                break;
        }
    }

    /// <summary>Commands do not wait for all of its blocks: with a slow operator that may be long. What an earlier
    /// subscription was sent is left alone: the loop that had the task then may have taken and returned it.</summary>
    private void Take(BlockDelivery delivery)
    {
        try
        {
            for (int i = 0; i < delivery.Response.Blocks.Count; i++)
            {
                ExecuteAll();
                RawBlock block = delivery.Response.Blocks[i];
                if (_slots.TryGetValue(block.TaskId, out TaskSlot? slot)
                    && slot.Machine is not null
                    && slot.Subscription == new BlockSubscription(delivery.Stream, block.Subscription))
                {
                    if (slot.IsHeldUp || !Take(slot, slot.Machine, block))
                    {
                        slot.Hold(delivery.Response, i);
                        continue;
                    }

                    ports.Blocks.Return(delivery.Stream, block);
                }
            }
        }
        finally
        {
            delivery.Response.Release();
        }
    }

    /// <summary>There is a verdict, or leave: goes on with what was held.</summary>
    private void Resume(TaskSlot slot)
    {
        while (slot.Machine is { } machine && slot.TryPeekHeld(out HeldBlock held) && Take(slot, machine, held.Block))
        {
            // A gap or damage has dropped all that was held.
            if (slot.IsHeldUp)
            {
                ports.Blocks.Return(slot.Subscription.Stream, held.Block);
                slot.ReleaseHeld();
            }
        }
    }

    /// <summary>False: the block is to be held until there is a verdict, or leave.</summary>
    private bool Take(TaskSlot slot, TaskMachine machine, in RawBlock block)
    {
        TimeSpan began = ports.Clock.Uptime;
        ApplyOutcome outcome = Apply(machine, block);
        _cost.Spend((int)block.EventCount);
        slot.Busy += ports.Clock.Uptime - began;
        switch (outcome)
        {
            case ApplyOutcome.Applied:
                Failpoint.Hit("W2");
                NoteFirstEvent(slot);
                break;
            case ApplyOutcome.Gap:
                slot.Subscription = default;
                logger.GapFound(slot.Task.Value, machine.NextOffset, block.FirstOffset);
                ports.Inbox.Post(new GapFound(slot.Task, slot.Epoch));
                break;
            case ApplyOutcome.Poisoned:
                PoisonedEvent poisoned = machine.Poisoned!;
                logger.EventPoisoned(slot.Task.Value, poisoned.Offset, poisoned.Reason);
                ports.Inbox.Post(new PoisonFound(slot.Task, slot.Epoch, poisoned));
                break;
            case ApplyOutcome.Damaged:
                slot.Subscription = default;
                logger.BlockDamaged(slot.Task.Value, block.FirstOffset);
                ports.Inbox.Post(new TaskDamaged(slot.Task, slot.Epoch));
                break;
        }

        if (machine.Careful?.After(machine.NextOffset, outcome) is { } trial)
        {
            ports.Inbox.Post(new TrialFound(slot.Task, slot.Epoch, trial));
        }

        NoteEnd(slot);
        CheckpointIfWanted(slot);
        AnswerWaiting(slot);
        return outcome is not (ApplyOutcome.Poisoned or ApplyOutcome.NeedsLeave);
    }

    private void NoteEnd(TaskSlot slot)
    {
        if (slot.EndOffset is { } end && slot.Machine is { AtFrameEnd: true } machine && machine.NextOffset >= end)
        {
            slot.EndOffset = null;
            ports.Inbox.Post(new EndReached(slot.Task, slot.Epoch));
        }
    }

    private ApplyOutcome Apply(TaskMachine machine, in RawBlock block)
    {
        try
        {
            var entries = new Block
            {
                Task = new TaskId(block.TaskId),
                Epoch = new Epoch(block.Epoch),
                Position = block.Position,
                FirstOffset = block.FirstOffset,
                Count = block.EventCount,
                Continued = block.Continued,
                Entries = block.Entries.Span,
            };
            return machine.Apply(entries, _scratch);
        }
        catch (Exception error)
        {
            // Whatever an operator does wrong ends its own task's state, not its neighbours'.
            logger.OperatorFailed(error, machine.Grant.Task.Value, machine.Grant.Operator, machine.NextOffset);
            return ApplyOutcome.Damaged;
        }
    }

    private void NoteFirstEvent(TaskSlot slot)
    {
        if (slot.FirstEventUs == 0 && !slot.IsWarm)
        {
            slot.FirstEventUs = (ulong)Math.Max(1, (ports.Clock.Uptime - slot.GrantedAt).TotalMicroseconds);
            ports.Inbox.Post(new Progressed([slot.TakeReport()!]));
        }
    }

    private void CheckpointIfWanted(TaskSlot slot)
    {
        if (!slot.WantsCheckpoint
            || slot.Machine is not { } machine
            || ((machine.HasNews || slot.WantsItAgain) && !machine.AtFrameEnd))
        {
            return;
        }

        bool again = slot.WantsItAgain;
        slot.WantsCheckpoint = slot.WantsItAgain = false;
        if (machine.BeginCheckpoint(again, ports.MaxSnapshotLinks) is not { } capture)
        {
            ports.Inbox.Post(new CheckpointFailed(slot.Task, slot.Epoch));
        }
        else if (!ports.Checkpoints.TryAdd(capture))
        {
            capture.State.Dispose();
            ports.Inbox.Post(new CheckpointFailed(slot.Task, slot.Epoch));
        }
    }

    private void Report()
    {
        var moved = new List<TaskStanding>();
        foreach (TaskSlot slot in _slots.Values)
        {
            if (slot.TakeReport() is { } standing)
            {
                moved.Add(standing);
            }
        }

        if (moved.Count > 0)
        {
            ports.Inbox.Post(new Progressed(moved));
        }
    }

    private void Ask(AskTask ask)
    {
        TaskSlot? slot = Find(ask.Task, ask.Epoch);
        if (slot is null)
        {
            ask.Sink.Refused(ask, "STALE_EPOCH");
        }
        else if (slot.Waiting.Count >= MaxWaiting)
        {
            ask.Sink.Refused(ask, "TOO_MANY_QUESTIONS");
        }
        else
        {
            slot.Waiting.Add(ask);
            _waiting++;
            AnswerWaiting(slot);
        }
    }

    /// <summary>Apart from the answering itself, because that allocates even when nothing waits.</summary>
    private void AnswerWaiting(TaskSlot slot)
    {
        if (slot.Waiting.Count > 0
            && slot is { IsWarm: false, Machine: { AtFrameEnd: true } machine }
            && ports.Gate.IsOpen)
        {
            AnswerReady(slot, machine);
        }
    }

    private void AnswerReady(TaskSlot slot, TaskMachine machine) =>
        _waiting -= slot.Waiting.RemoveAll(ask =>
        {
            if (ask.MinPosition > machine.SeenPosition)
            {
                return false;
            }

            ask.Sink.Answered(ask, machine.Ask(ask.Question), machine.SeenPosition);
            return true;
        });

    private void ExpireQuestions()
    {
        TimeSpan now = ports.Clock.Uptime;
        foreach (TaskSlot slot in _slots.Values)
        {
            AnswerWaiting(slot);
            _waiting -= slot.Waiting.RemoveAll(ask =>
            {
                if (ask.Deadline > now)
                {
                    return false;
                }

                ask.Sink.Refused(ask, "WAIT_TIMEOUT");
                return true;
            });
        }
    }

    private void DetachSlots()
    {
        foreach (TaskSlot slot in _slots.Values)
        {
            slot.Subscription = default;
        }
    }

    private void Remove(TaskId task)
    {
        if (_slots.Remove(task.Value, out TaskSlot? slot))
        {
            _waiting -= slot.Waiting.Count;
            slot.Subscription = default;
            slot.Waiting.ForEach(ask => ask.Sink.Refused(ask, "STALE_EPOCH"));
        }
    }

    private TaskSlot? Find(TaskId task, Epoch epoch) =>
        _slots.TryGetValue(task.Value, out TaskSlot? slot) && slot.Epoch == epoch ? slot : null;
}
