using Millrace.Common.Model;
using Millrace.Coordinator.Core.Placement;

namespace Millrace.Coordinator.Core.Membership;

/// <summary>How far owners say that their tasks have come. Live only, and nothing is decided by it.</summary>
internal sealed class ProgressBoard(CoordinatorState state, MemberTable members)
{
    private readonly Dictionary<TaskId, TaskProgress> _byTask = [];

    public void Report(TaskProgressed progressed)
    {
        if (members.InSession(progressed.Worker, progressed.Session) is not { } member)
        {
            return;
        }

        foreach (TaskProgress progress in progressed.Tasks)
        {
            AssignedTask? task = state.Assignments.Find(progress.Task);
            if (task is not null
                && task.Epoch == progress.Epoch
                && task.Owner == member.Owner)
            {
                _byTask[progress.Task] = progress;
            }
        }
    }

    /// <summary>The last report under the task's present epoch; null: there is none.</summary>
    public TaskProgress? Of(AssignedTask task) =>
        _byTask.TryGetValue(task.Id, out TaskProgress? progress) && progress.Epoch == task.Epoch ? progress : null;
}
