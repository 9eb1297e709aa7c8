using Millrace.Common.Model;
using Millrace.Common.Wire;
using Millrace.Worker.Core;
using Millrace.Worker.Core.Tasks;

namespace Millrace.Worker.Run;

/// <summary>A task as its run loop holds it.</summary>
internal sealed class TaskSlot(TaskGrant grant, TimeSpan grantedAt)
{
    private ulong _reportedPosition;
    private ulong _reportedOffset;
    private RestorePoint? _committedElsewhere;
    private readonly Queue<HeldBlock> _held = [];

    public TaskId Task => grant.Task;

    public Epoch Epoch => grant.Epoch;

    /// <summary>When the grant arrived, or when the copy took over, on this process's monotonic clock.</summary>
    public TimeSpan GrantedAt { get; private set; } = grantedAt;

    /// <summary>A copy that follows the owner; answers nothing.</summary>
    public bool IsWarm { get; private set; } = grant.Warm;

    /// <summary>Null while the state is being loaded.</summary>
    public TaskMachine? Machine { get; private set; }

    /// <summary>The task takes this one's blocks; without a stream: none. Setting it drops what is held.</summary>
    public BlockSubscription Subscription
    {
        get;
        set
        {
            field = value;
            while (_held.TryDequeue(out HeldBlock held))
            {
                held.Response.Release();
            }
        }
    }

    /// <summary>Blocks wait because of an event that cannot be applied.</summary>
    public bool IsHeldUp => _held.Count > 0;

    /// <summary>A checkpoint is wanted and waits for a frame's end.</summary>
    public bool WantsCheckpoint { get; set; }

    /// <summary>It is wanted also when nothing is new.</summary>
    public bool WantsItAgain { get; set; }

    /// <summary>Offset at which the task's partition ends; null: not known, or said already.</summary>
    public ulong? EndOffset { get; set; }

    /// <summary>Microseconds from the grant to the first event applied; 0 until then.</summary>
    public ulong FirstEventUs { get; set; }

    /// <summary>Time spent on its events.</summary>
    public TimeSpan Busy { get; set; }

    /// <summary>Questions that wait for the state or for a position.</summary>
    public List<AskTask> Waiting { get; } = [];

    /// <summary>Takes leave for some of its events, or gives it back at once.</summary>
    /// <returns>Whether it may help with what is held.</returns>
    public bool Take(Allowance leave, IWorkerInbox inbox)
    {
        CarefulSteps careful = Machine!.Careful!;
        bool taken = careful.Take(leave);
        if (!taken && careful.IsOver)
        {
            inbox.Post(new TrialFound(Task, Epoch, new Trial(Machine.NextOffset, Waits: false)));
        }

        return taken;
    }

    /// <summary>Keeps a block until there is a verdict. No more come than credit allows.</summary>
    public void Hold(RawFetchResponse response, int index)
    {
        response.AddReference();
        _held.Enqueue(new HeldBlock(response, index));
    }

    public bool TryPeekHeld(out HeldBlock held) => _held.TryPeek(out held);

    public void ReleaseHeld() => _held.Dequeue().Response.Release();

    public void Load(TaskMachine machine)
    {
        Machine = machine;
        if (_committedElsewhere is { } committed)
        {
            machine.TakeOver(committed);
        }
    }

    /// <summary>The copy is the owner from now on.</summary>
    /// <param name="committed">The last commit.</param>
    public void Promote(TimeSpan at, RestorePoint committed)
    {
        IsWarm = false;
        GrantedAt = at;
        _committedElsewhere = committed;
        Machine?.TakeOver(committed);
    }

    /// <summary>Null: has not moved since the last report. A copy always reports, because its worker waits to be told
    /// to take over.</summary>
    public TaskStanding? TakeReport()
    {
        bool hasMoved = Machine?.SeenPosition != _reportedPosition || Machine.NextOffset != _reportedOffset;
        if (Machine is null || (!hasMoved && !IsWarm))
        {
            return null;
        }

        _reportedPosition = Machine.SeenPosition;
        _reportedOffset = Machine.NextOffset;
        return new TaskStanding(
            Task,
            Epoch,
            TaskPhase.Running,
            _reportedPosition,
            _reportedOffset,
            Machine.StateBytes,
            FirstEventUs,
            (ulong)Busy.TotalMicroseconds);
    }
}

/// <summary>A block of a message that is kept whole until all who need it have let it go.</summary>
internal readonly record struct HeldBlock(RawFetchResponse Response, int Index)
{
    public RawBlock Block => Response.Blocks[Index];
}
