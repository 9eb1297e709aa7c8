namespace Millrace.Coordinator.Core.Placement.Planning;

/// <summary>Which tasks each worker had when the plan was begun, in one array.</summary>
internal sealed class TaskLists
{
    private readonly int[] _starts;
    private readonly int[] _tasks;

    public TaskLists(int[] owner, int workers)
    {
        _starts = new int[workers + 1];
        foreach (int worker in owner)
        {
            if (worker >= 0)
            {
                _starts[worker + 1]++;
            }
        }

        for (int worker = 0; worker < workers; worker++)
        {
            _starts[worker + 1] += _starts[worker];
        }

        _tasks = new int[_starts[workers]];
        int[] next = _starts[..workers];
        for (int task = 0; task < owner.Length; task++)
        {
            if (owner[task] >= 0)
            {
                _tasks[next[owner[task]]++] = task;
            }
        }
    }

    public ReadOnlySpan<int> Of(int worker) => _tasks.AsSpan(_starts[worker].._starts[worker + 1]);
}
