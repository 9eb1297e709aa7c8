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
    private readonly Dictionary<(JobId Job, PartitionId Partition), AssignedTask> _byPartition = [];

    public int Count => _tasks.Count;

    public ulong LastTask { get; private set; }

    /// <summary>One counter for the whole cluster: epochs are never given twice.</summary>
    public Epoch LastEpoch { get; private set; }

    public Epoch NextEpoch => new(LastEpoch.Value + 1);

    /// <summary>By task number.</summary>
    public IEnumerable<AssignedTask> All => _tasks.Values;

    /// <summary>Those with a copy that is to take over, by task number. Not to be walked while copies begin or
    /// end.</summary>
    public IEnumerable<AssignedTask> Moving => Copies.Moving;

    public CopyIndex Copies { get; } = new();

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
            Copies.Set(task, []);
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

    public void Apply(EpochsSkipped skipped) => LastEpoch = skipped.Last > LastEpoch ? skipped.Last : LastEpoch;

    public void Apply(TaskAssigned assigned)
    {
        AssignedTask task = Get(assigned.Task);
        bool takesOver = task.Copies.Any(c => c.Epoch == assigned.Epoch) && assigned.Epoch > task.Epoch;
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

        // What was set aside below is void, and a move from the former owner has lost its point.
        Copies.Set(task, [.. task.Standbys.Where(c => c.Epoch > task.Epoch && c.Owner != task.Owner)]);
    }

    public void Apply(TaskWarming warming)
    {
        AssignedTask task = Get(warming.Task);
        WarmCopy? before = task.Copies.FirstOrDefault(c => c.Epoch == warming.Epoch);
        if (warming.Epoch <= LastEpoch && before is null)
        {
            throw new StateException($"{warming.Task} warms under {warming.Epoch}, not above {LastEpoch}");
        }

        LastEpoch = warming.Epoch > LastEpoch ? warming.Epoch : LastEpoch;
        WarmCopy copy = WarmCopy.Of(warming) with { IsLoaded = before?.IsLoaded ?? false };
        Copies.Set(task, [.. task.Copies.Where(c => c != before).Append(copy).OrderBy(c => c.Epoch.Value)]);
    }

    public void Apply(StandbyLoaded loaded)
    {
        AssignedTask task = Get(loaded.Task);
        Copies.Set(
            task, [.. task.Copies.Select(c => c.Epoch == loaded.Epoch ? c with { IsLoaded = true } : c)]);
    }

    public void Apply(WarmingEnded ended)
    {
        AssignedTask task = Get(ended.Task);
        Copies.Set(task, [.. task.Copies.Where(c => c.Epoch != ended.Epoch)]);
    }

    public void Apply(TaskCommitted committed)
    {
        AssignedTask task = Get(committed.Task);
        task.Previous = committed.Replaces ? task.Previous : task.Newest;
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
                null,
                t.Origins.Count == 0 ? null : [.. t.Origins.Select(OriginDto.Of)],
                t.Copies.Count == 0 ? null : [.. t.Copies.Select(c => c.ToDto())])),
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
                Copies =
                [
                    .. (task.Copies ?? []).Concat(new[] { task.Transfer }.OfType<WarmCopyDto>()).Select(WarmCopy.Of),
                ],
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
        Copies.Set(task, task.Copies);
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
