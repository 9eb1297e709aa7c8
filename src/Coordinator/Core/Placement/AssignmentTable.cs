using Millrace.Common.Failpoints;
using Millrace.Common.Model;
using Millrace.Coordinator.Core.Operations;
using Millrace.Coordinator.Core.Recovery;

namespace Millrace.Coordinator.Core.Placement;

/// <summary>Which worker owns which task under which epoch, and what is committed of it. Durable state.</summary>
internal sealed class AssignmentTable
{
    private readonly SortedDictionary<ulong, AssignedTask> _tasks = [];
    private readonly SortedDictionary<TaskOwner, SortedDictionary<ulong, AssignedTask>> _byOwner = [];

    private readonly SortedDictionary<ulong, AssignedTask> _moving = [];
    private readonly Dictionary<(JobId Job, PartitionId Partition), AssignedTask> _byPartition = [];

    public int Count => _tasks.Count;

    public ulong LastTask { get; private set; }

    /// <summary>One counter for the whole cluster: epochs are never given twice.</summary>
    public Epoch LastEpoch { get; private set; }

    public Epoch NextEpoch => new(LastEpoch.Value + 1);

    /// <summary>By task number.</summary>
    public IEnumerable<AssignedTask> All => _tasks.Values;

    /// <summary>Those with a warm copy, by task number. Not to be walked while copies begin or end.</summary>
    public IEnumerable<AssignedTask> Moving => _moving.Values;

    /// <summary>Who owns tasks; also Nobody, if some have no owner.</summary>
    public IEnumerable<TaskOwner> Owners => _byOwner.Keys;

    /// <summary>By task number. Not to be walked while tasks change hands.</summary>
    public IReadOnlyCollection<AssignedTask> OwnedBy(TaskOwner owner) =>
        _byOwner.TryGetValue(owner, out SortedDictionary<ulong, AssignedTask>? tasks) ? tasks.Values : [];

    public AssignedTask? Find(TaskId task) => _tasks.GetValueOrDefault(task.Value);

    /// <summary>The job's task of a partition; null: it has none, or has it no more.</summary>
    public AssignedTask? Find(JobId job, PartitionId partition) => _byPartition.GetValueOrDefault((job, partition));

    /// <summary>Whose snapshots are kept although others run now.</summary>
    public RetiredTasks Retired { get; } = new();

    public void Apply(JobDeployed deployed)
    {
        foreach (NewTask made in deployed.Tasks)
        {
            Add(new AssignedTask(deployed.Job, made) { ReasonUnixMs = deployed.UnixMs });
        }
    }

    public void Apply(TasksReplaced replaced)
    {
        AssignedTask[] retired = [.. replaced.Retired.Select(Get)];
        foreach (AssignedTask task in retired)
        {
            Unlist(task);
            SetTransfer(task, null);
            _tasks.Remove(task.Id.Value);
            _byPartition.Remove((task.Job, task.Partition));
        }

        AssignedTask[] successors =
        [
            .. replaced.Tasks.Select(t => new AssignedTask(replaced.Job, t)
            {
                ReasonUnixMs = replaced.UnixMs,
                Pin = retired.All(r => Equals(r.Pin, retired[0].Pin)) ? retired[0].Pin : null,
            }),
        ];
        Array.ForEach(successors, Add);
        Retired.Add(retired, successors);
    }

    public void Apply(TaskAssigned assigned)
    {
        AssignedTask task = Get(assigned.Task);
        bool takesOver = task.Transfer?.Epoch == assigned.Epoch && assigned.Epoch > task.Epoch;
        if (assigned.Epoch <= LastEpoch && !takesOver)
        {
            throw new StateException($"{assigned.Task} is assigned under {assigned.Epoch}, not above {LastEpoch}");
        }

        if (task.Worker.Length > 0)
        {
            task.PreviousWorker = task.Worker;
        }

        Unlist(task);
        task.Owner = new TaskOwner(assigned.Worker, assigned.WorkerIncarnation);
        List(task);
        task.Epoch = assigned.Epoch;
        task.Reason = assigned.Reason;
        task.ReasonUnixMs = assigned.UnixMs;
        LastEpoch = assigned.Epoch > LastEpoch ? assigned.Epoch : LastEpoch;
        SetTransfer(task, null);
    }

    public void Apply(TaskWarming warming)
    {
        if (warming.Epoch <= LastEpoch)
        {
            throw new StateException($"{warming.Task} warms under {warming.Epoch}, not above {LastEpoch}");
        }

        LastEpoch = warming.Epoch;
        SetTransfer(Get(warming.Task), new WarmCopy(
            warming.Epoch,
            new TaskOwner(warming.Worker, warming.WorkerIncarnation),
            warming.Point,
            warming.Reason,
            warming.Operation,
            warming.UnixMs));
    }

    public void Apply(WarmingEnded ended)
    {
        AssignedTask task = Get(ended.Task);
        if (task.Transfer?.Epoch == ended.Epoch)
        {
            SetTransfer(task, null);
        }
    }

    public void Apply(TaskCommitted committed)
    {
        AssignedTask task = Get(committed.Task);
        task.Previous = task.Newest;
        task.Newest = committed;
        if (task.Previous is null)
        {
            Retired.StandsAlone(task);
        }
    }

    public void Apply(TaskPinned pinned) => Get(pinned.Task).Pin = pinned.Pin;

    public void Apply(TaskUnpinned unpinned) => Get(unpinned.Task).Pin = null;

    public AssignmentsDto ToSnapshot() => new(
        LastTask,
        LastEpoch.Value,
        [
            .. _tasks.Values.Select(t => new TaskDto(
                t.Id.Value,
                t.Job.Value,
                t.Partition.Value,
                t.Index,
                t.Start,
                t.Epoch.Value,
                t.Worker,
                t.Owner.Incarnation,
                t.PreviousWorker,
                (int)t.Reason,
                t.ReasonUnixMs,
                CommitDto.Of(t.Newest),
                CommitDto.Of(t.Previous),
                t.Pin,
                t.Transfer?.ToDto(),
                t.Origins.Count == 0 ? null : [.. t.Origins.Select(OriginDto.Of)])),
        ],
        Retired.All.Count == 0 ? null : Retired.ToSnapshot());

    public static AssignmentTable FromSnapshot(AssignmentsDto dto)
    {
        var table = new AssignmentTable();
        foreach (TaskDto task in dto.Tasks)
        {
            var made = new NewTask(
                new TaskId(task.Id),
                new PartitionId(task.Partition),
                task.Index,
                task.Start,
                task.Origins is null ? null : [.. task.Origins.Select(o => o.ToOrigin())]);
            table.Add(new AssignedTask(new JobId(task.Job), made)
            {
                Epoch = new Epoch(task.Epoch),
                Owner = new TaskOwner(task.Worker, task.WorkerIncarnation),
                PreviousWorker = task.PreviousWorker,
                Reason = (AssignReason)task.Reason,
                ReasonUnixMs = task.ReasonUnixMs,
                Newest = Mutants.Is(Mutant.CommitsForgottenOnRestart) ? null : task.Newest?.ToRecord(made.Task),
                Previous = task.Previous?.ToRecord(made.Task),
                Pin = task.Pin,
                Transfer = WarmCopy.Of(task.Transfer),
            });
        }

        table.Retired.Load(dto.Retired ?? []);
        table.LastTask = dto.LastTask;
        table.LastEpoch = new Epoch(Mutants.Is(Mutant.EpochsForgottenOnRestart) ? 0 : dto.LastEpoch);
        return table;
    }

    private AssignedTask Get(TaskId task) =>
        Find(task) ?? throw new StateException($"a record names {task}, which is not known");

    private void Add(AssignedTask task)
    {
        _tasks.Add(task.Id.Value, task);
        _byPartition.Add((task.Job, task.Partition), task);
        LastTask = Math.Max(LastTask, task.Id.Value);
        List(task);
        SetTransfer(task, task.Transfer);
    }

    private void SetTransfer(AssignedTask task, WarmCopy? copy)
    {
        task.Transfer = copy;
        if (copy is null)
        {
            _moving.Remove(task.Id.Value);
        }
        else
        {
            _moving[task.Id.Value] = task;
        }
    }

    private void List(AssignedTask task)
    {
        if (!_byOwner.TryGetValue(task.Owner, out SortedDictionary<ulong, AssignedTask>? tasks))
        {
            tasks = [];
            _byOwner.Add(task.Owner, tasks);
        }

        tasks.Add(task.Id.Value, task);
    }

    private void Unlist(AssignedTask task)
    {
        SortedDictionary<ulong, AssignedTask> tasks = _byOwner[task.Owner];
        tasks.Remove(task.Id.Value);
        if (tasks.Count == 0)
        {
            _byOwner.Remove(task.Owner);
        }
    }
}
