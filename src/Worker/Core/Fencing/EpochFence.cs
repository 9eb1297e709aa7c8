using Millrace.Common.Failpoints;
using Millrace.Common.Model;

namespace Millrace.Worker.Core.Fencing;

/// <summary>The highest epoch seen for each task in a session. A grant that arrives late must not undo a newer
/// one.</summary>
internal sealed class EpochFence
{
    private readonly Dictionary<TaskId, Epoch> _highest = [];

    /// <summary>A session begins. Nothing of an earlier one arrives any more, and the coordinator speaks for a journal
    /// that knows of all that was granted; if it does not, it was put back from a copy, and begins below.</summary>
    public void Begin() => _highest.Clear();

    /// <summary>False: a higher epoch of the task was seen before. Remembers the epoch otherwise.</summary>
    public bool Admit(TaskId task, Epoch epoch)
    {
        if (_highest.TryGetValue(task, out Epoch highest) && epoch < highest)
        {
            return Mutants.Is(Mutant.EqualOrOlderEpochAccepted);
        }

        _highest[task] = epoch;
        return true;
    }

    /// <summary>An epoch of the task is over: nothing at or below it is admitted any more.</summary>
    public void Close(TaskId task, Epoch epoch)
    {
        Epoch next = new(epoch.Value + 1);
        if (!_highest.TryGetValue(task, out Epoch highest) || highest < next)
        {
            _highest[task] = next;
        }
    }
}
