using Millrace.Coordinator.Core.Membership;

namespace Millrace.Coordinator.Core.Placement.Balancing;

/// <summary>Tasks that the same workers may run: those of one operator, pinned to the same labels.</summary>
internal sealed class TaskClasses(CoordinatorState state, Member[] workers)
{
    private readonly Dictionary<(string Operator, string Labels), int> _numbers = [];
    private readonly List<bool[]?> _eligible = [];

    /// <summary>Per class, once all tasks are classified.</summary>
    public IReadOnlyList<bool[]?> Eligible => _eligible.Count == 0 ? [null] : _eligible;

    public int Of(AssignedTask task)
    {
        string operatorName = state.Jobs.Get(task.Job).Operator;
        TaskPin? pin = task.Pin is { Labels.Count: > 0 } labelled ? labelled : null;
        (string, string) key = (operatorName, pin?.Selector() ?? "");
        if (!_numbers.TryGetValue(key, out int number))
        {
            number = _eligible.Count;
            _numbers.Add(key, number);
            bool[] may =
            [
                .. workers.Select(w => w.Facts.Operators.Contains(operatorName) && pin?.HasLabels(w) != false),
            ];
            _eligible.Add(may.All(m => m) ? null : may);
        }

        return number;
    }
}
