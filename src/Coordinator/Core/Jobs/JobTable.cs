using Millrace.Common.Model;
using Millrace.Coordinator.Core.DeadLetters;
using Millrace.Coordinator.Core.Recovery;

namespace Millrace.Coordinator.Core.Jobs;

/// <summary>The jobs. Durable state.</summary>
internal sealed class JobTable
{
    private readonly SortedDictionary<string, Job> _byName = new(StringComparer.Ordinal);
    private readonly Dictionary<JobId, Job> _byId = [];

    public int Count => _byName.Count;

    public uint LastJob { get; private set; }

    /// <summary>By name.</summary>
    public IEnumerable<Job> All => _byName.Values;

    public Job? Find(string name) => _byName.GetValueOrDefault(name);

    public Job Get(JobId id) => _byId[id];

    public void Apply(JobDeployed deployed) => Add(new Job(
        deployed.Job,
        deployed.Name,
        deployed.Operator,
        deployed.Stage,
        deployed.Topic,
        [.. deployed.Tasks.Select(t => t.Task)],
        deployed.UnixMs,
        deployed.Standbys)
    {
        BadEvents = deployed.BadEvents ?? BadEventRule.Default,
    });

    public void Apply(StandbysChanged changed) => Replace(Get(changed.Job) with { Standbys = changed.Standbys });

    public void Apply(BadEventRuleChanged changed) => Replace(Get(changed.Job) with { BadEvents = changed.Rule });

    /// <exception cref="StateException">A task is retired that is not one of the job's.</exception>
    public void Apply(TasksReplaced replaced)
    {
        Job job = Get(replaced.Job);
        if (replaced.Retired.Except(job.Tasks).Any())
        {
            throw new StateException($"{job.Name} loses tasks that it does not have");
        }

        Replace(job with
        {
            Tasks = [.. job.Tasks.Except(replaced.Retired), .. replaced.Tasks.Select(t => t.Task)],
        });
    }

    public JobsDto ToSnapshot() => new(
        LastJob,
        [
            .. _byName.Values.Select(j => new JobDto(
                j.Id.Value,
                j.Name,
                j.Operator,
                j.Stage,
                j.Topic.Value,
                [.. j.Tasks.Select(t => t.Value)],
                j.CreatedUnixMs,
                j.Standbys,
                j.BadEvents == BadEventRule.Default ? null : j.BadEvents)),
        ]);

    public static JobTable FromSnapshot(JobsDto dto)
    {
        var table = new JobTable();
        foreach (JobDto job in dto.Jobs)
        {
            table.Add(new Job(
                new JobId(job.Id),
                job.Name,
                job.Operator,
                job.Stage,
                new TopicId(job.Topic),
                [.. job.Tasks.Select(t => new TaskId(t))],
                job.CreatedUnixMs,
                job.Standbys)
            {
                BadEvents = job.BadEvents ?? BadEventRule.Default,
            });
        }

        table.LastJob = dto.LastJob;
        return table;
    }

    private void Replace(Job job) => (_byName[job.Name], _byId[job.Id]) = (job, job);

    private void Add(Job job)
    {
        _byName.Add(job.Name, job);
        _byId.Add(job.Id, job);
        LastJob = Math.Max(LastJob, job.Id.Value);
    }
}
