using Millrace.Common.Model;
using Millrace.Coordinator.Core.DeadLetters;
using Millrace.Coordinator.Core.Health;
using Millrace.Coordinator.Core.Membership;
using Millrace.Coordinator.Core.Operations;
using Millrace.Coordinator.Core.Placement;

namespace Millrace.Coordinator.Core.Crashes;

/// <summary>
/// Finds events that take their worker's process down. Tasks that are suspected apply events by leave, and a worker has
/// leave for one task at a time: when it ends, the events that it had leave for are those that it was applying. They
/// are blamed only if none of its other tasks could apply anything without leave. Live only.
/// </summary>
internal sealed class CrashWatch(Turn turn, MemberTable members, Transfers transfers, Quarantine quarantine)
{
    /// <summary>In the order in which they were asked for; the first of each owner has leave, and keeps it until it
    /// says where it has come to.</summary>
    private readonly List<AskedLeave> _asked = [];

    public void Asked(TrialAsked input)
    {
        if (turn.State.Assignments.Find(input.Task) is not { } task
            || !members.SpeaksFor(input.Worker, input.Session, task, input.Epoch))
        {
            return;
        }

        CrashTrail trail = TrailOf(task);
        trail.CameTo(input.Trial.Offset, mayEnd: !IsNeeded(task));
        _asked.RemoveAll(a => !IsCurrent(a));
        AskedLeave? before = FirstOf(task.Owner);
        AskedLeave asked = _asked.Find(a => a.Task == task.Id && a.Leave.Offset == input.Trial.Offset)
            ?? new AskedLeave(task.Id, task.Epoch, task.Owner, LeaveAt(task, trail, input.Trial.Offset));
        bool queues = input.Trial.Waits && asked.Leave.Count is > 0 and < Allowance.All;
        if (!queues || !_asked.Contains(asked))
        {
            _asked.RemoveAll(a => a.Task == task.Id);
            if (queues)
            {
                _asked.Add(asked);
            }
            else if (input.Trial.Waits || asked.Leave.Count == Allowance.All)
            {
                Tell(asked);
            }
        }

        // Nobody is told twice, except who asks twice.
        if (FirstOf(task.Owner) is { } first && (first != before || first == asked))
        {
            Tell(first);
        }
    }

    /// <summary>A worker was given up, or is another process than before, without having said goodbye.</summary>
    /// <param name="ended">Its process is known to have ended. Else it may only be out of reach, and nothing is
    /// concluded from what it was doing.</param>
    public void Fell(Member member, bool ended)
    {
        TaskOwner owner = member.Owner;
        _asked.RemoveAll(a => !IsCurrent(a));
        AskedLeave? trying = FirstOf(owner);
        _asked.RemoveAll(a => a.Owner == owner);
        AssignedTask[] tasks = [.. turn.State.Assignments.OwnedBy(owner)];
        AssignedTask[] free = [.. tasks.Where(t => !t.IsCareful && t.Restore.NextOffset < EndOf(t))];
        if (trying is null)
        {
            foreach (AssignedTask task in tasks.Where(t => StoppedAt(t) is null))
            {
                TrailOf(task).Died(task.Restore.NextOffset, EndOf(task));
            }

            quarantine.Fell(member);
        }
        else if (ended && free.All(t => t.Id == trying.Task))
        {
            DiedOf(tasks.First(t => t.Id == trying.Task), trying.Leave);
        }

        if (tasks.Any(t => t.IsCareful) || trying is not null)
        {
            // One that was not careful might be why, and might be again while another one has leave.
            Array.ForEach(tasks, t => TrailOf(t).Suspect(t.Restore.NextOffset, EndOf(t)));
        }

        Announce(member, [.. free.Where(t => t.IsCareful)]);
    }

    /// <summary>Another task of the owner, or one that nobody runs and that may come to it, still has suspects before
    /// it: if the owner ends then, it must be clear of what.</summary>
    private bool IsNeeded(AssignedTask task) => turn.State.Assignments.All.Any(t =>
        t != task
        && t.Trail?.IsOpen == true
        && StoppedAt(t) is null
        && (t.Owner == task.Owner || members.Holder(t.Owner) is null));

    /// <summary>That a task stands still at an event that took workers down is durable, so that none is lost to it
    /// again.</summary>
    private Allowance LeaveAt(AssignedTask task, CrashTrail trail, ulong offset)
    {
        if (trail.Forbidden is null
            && StoppedAt(task) is { TookProcessDown: true } stopped
            && offset <= stopped.Offset)
        {
            return new Allowance(offset, (uint)Math.Min(CrashTrail.WideStep, stopped.Offset - offset));
        }

        return trail.LeaveAt(offset, EndOf(task));
    }

    /// <summary>It waits there for somebody to change the job's rule, so that it commits nothing is no sign.</summary>
    private StoppedEvent? StoppedAt(AssignedTask task) => turn.State.DeadLetters.StoppedAt(task.Id);

    private static CrashTrail TrailOf(AssignedTask task) => task.Trail ??= new CrashTrail();

    private void Tell(AskedLeave asked)
    {
        if (members.Holder(asked.Owner) is { HasStream: true } owner)
        {
            turn.Tell(owner, new GiveLeave(asked.Task, asked.Epoch, asked.Leave));
        }
    }

    private void DiedOf(AssignedTask task, Allowance leave)
    {
        task.Trail!.DiedOf(leave);
        if (task.Trail.Forbidden is { } offset)
        {
            turn.Raise(
                EventLevel.Warn,
                "EVENT_TAKES_WORKERS_DOWN",
                $"{TaskName.Of(turn.State.Jobs.Get(task.Job), task)}",
                $"{CrashTrail.DeathsToForbid} workers in a row ended while they applied the event at offset {offset}. "
                    + "It is not applied any more: the job's rule for bad events decides about it.");
        }
    }

    /// <param name="tasks">Those that are careful from now on.</param>
    private void Announce(Member member, AssignedTask[] tasks)
    {
        if (tasks.Length == 0)
        {
            return;
        }

        // A copy applies events beside the owner, and would die of them beside it.
        foreach (AssignedTask task in tasks)
        {
            foreach (WarmCopy copy in task.Copies.ToArray())
            {
                transfers.End(task, copy, "CAREFUL");
            }
        }

        turn.Raise(
            EventLevel.Warn,
            "TASKS_CAREFUL",
            $"workers/{member.Name}",
            $"An event may take workers down: {tasks.Length} tasks that worker {member.Name} had when it ended apply "
                + "a few events at a time, to find it.");
    }

    private ulong EndOf(AssignedTask task) => turn.State.Partitions.Get(task.Partition).NextOffset;

    private bool IsCurrent(AskedLeave asked) =>
        turn.State.Assignments.Find(asked.Task) is { } task && task.Epoch == asked.Epoch && task.Owner == asked.Owner;

    private AskedLeave? FirstOf(TaskOwner owner) => _asked.Find(a => a.Owner == owner);

    private sealed record AskedLeave(TaskId Task, Epoch Epoch, TaskOwner Owner, Allowance Leave);
}
