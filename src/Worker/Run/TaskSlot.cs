using Millrace.Common.Model;
using Millrace.Worker.Core.Tasks;

namespace Millrace.Worker.Run;

/// <summary>A task as its run loop holds it.</summary>
internal sealed class TaskSlot(TaskGrant grant, TimeSpan grantedAt)
{
    private ulong _reportedPosition;
    private ulong _reportedOffset;

    public TaskId Task => grant.Task;

    public Epoch Epoch => grant.Epoch;

    /// <summary>When the grant arrived, on this process's monotonic clock.</summary>
    public TimeSpan GrantedAt { get; } = grantedAt;

    /// <summary>Null while the state is being loaded.</summary>
    public TaskMachine? Machine { get; set; }

    /// <summary>The stream whose blocks the task takes; 0: none.</summary>
    public long Stream { get; set; }

    /// <summary>A checkpoint is wanted and waits for a frame's end.</summary>
    public bool WantsCheckpoint { get; set; }

    /// <summary>Microseconds from the grant to the first event applied; 0 until then.</summary>
    public ulong FirstEventUs { get; set; }

    /// <summary>Questions that wait for the state or for a position.</summary>
    public List<AskTask> Waiting { get; } = [];

    /// <summary>Null: has not moved since the last report.</summary>
    public TaskStanding? TakeReport()
    {
        if (Machine is null || (Machine.SeenPosition == _reportedPosition && Machine.NextOffset == _reportedOffset))
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
            FirstEventUs);
    }
}
