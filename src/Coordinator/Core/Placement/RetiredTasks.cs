using Millrace.Common.Keys;
using Millrace.Common.Model;
using Millrace.Coordinator.Core.Recovery;

namespace Millrace.Coordinator.Core.Placement;

/// <summary>The tasks whose last snapshots are still somebody's beginning. Durable state.</summary>
internal sealed class RetiredTasks
{
    private readonly SortedDictionary<ulong, RetiredTask> _tasks = [];

    /// <summary>By task number.</summary>
    public IReadOnlyCollection<RetiredTask> All => _tasks.Values;

    public bool Has(TaskId task) => _tasks.ContainsKey(task.Value);

    /// <summary>Tasks have been replaced.</summary>
    /// <param name="retired">As they were in the end.</param>
    /// <param name="successors">Who took over.</param>
    public void Add(IReadOnlyList<AssignedTask> retired, IReadOnlyList<AssignedTask> successors)
    {
        foreach (AssignedTask task in retired.Where(t => t.Newest is not null))
        {
            _tasks[task.Id.Value] = new RetiredTask(
                task.Id, task.Job, task.Partition, task.OlderRestore.Position, task.Snapshots, []);
        }

        foreach (AssignedTask task in successors)
        {
            foreach (TaskId origin in OriginsOf(task))
            {
                Find(origin)?.Successors.Add(task.Id.Value);
            }
        }

        foreach (AssignedTask task in retired)
        {
            StandsAlone(task);
        }

        Forget([.. retired.Select(t => t.Id)]);
    }

    /// <summary>A task has committed, or is gone: it needs nobody's snapshot any more.</summary>
    public void StandsAlone(AssignedTask task)
    {
        TaskId[] origins = [.. OriginsOf(task)];
        foreach (TaskId origin in origins)
        {
            Find(origin)?.Successors.Remove(task.Id.Value);
        }

        Forget(origins);
    }

    public static IEnumerable<TaskId> OriginsOf(AssignedTask task)
    {
        foreach (StateOrigin origin in task.Origins)
        {
            if (SnapshotName.TryParse(origin.SnapshotId, out SnapshotName name))
            {
                yield return name.Task;
            }
        }
    }

    public IReadOnlyList<RetiredDto> ToSnapshot() =>
    [
        .. _tasks.Values.Select(t => new RetiredDto(
            t.Id.Value, t.Job.Value, t.Partition.Value, t.Position, t.Snapshots, [.. t.Successors])),
    ];

    public void Load(IReadOnlyList<RetiredDto> tasks)
    {
        foreach (RetiredDto task in tasks)
        {
            _tasks.Add(task.Id, new RetiredTask(
                new TaskId(task.Id),
                new JobId(task.Job),
                new PartitionId(task.Partition),
                task.Position,
                task.Snapshots,
                [.. task.Successors]));
        }
    }

    private RetiredTask? Find(TaskId task) => _tasks.GetValueOrDefault(task.Value);

    private void Forget(IReadOnlyList<TaskId> tasks)
    {
        foreach (TaskId task in tasks)
        {
            if (Find(task) is { Successors.Count: 0 })
            {
                _tasks.Remove(task.Value);
            }
        }
    }
}
