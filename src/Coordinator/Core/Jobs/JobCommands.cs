using Millrace.Common.Model;
using Millrace.Coordinator.Core.Requests;
using Millrace.Coordinator.Core.Topics;

namespace Millrace.Coordinator.Core.Jobs;

/// <summary>Deploys and changes jobs.</summary>
internal sealed class JobCommands(Turn turn)
{
    /// <returns>Whether there are new tasks to place.</returns>
    public bool Deploy(DeployJob input)
    {
        object? answer = turn.State.Requests.Find(input.Request, "job");
        answer = answer is AnsweredRequest given ? new DeployedJob(given.Name) : answer ?? Check(input);
        bool make = answer is null && !input.ValidateOnly;
        if (make)
        {
            Make(input, turn.State.Topics.Find(input.SourceTopic)!);
        }

        turn.Reply(input.Call, answer ?? new DeployedJob(input.Name));
        return make;
    }

    public void Update(UpdateJob input)
    {
        object? answer = turn.State.Requests.Find(input.Request, "job");
        answer = answer is AnsweredRequest given ? new DeployedJob(given.Name) : answer ?? Check(input);
        if (answer is null && !input.ValidateOnly)
        {
            Job job = turn.State.Jobs.Find(input.Name)!;
            turn.Record(new StandbysChanged(job.Id, input.Standbys, input.Request, turn.Now.UnixMs));
        }

        turn.Reply(input.Call, answer ?? new DeployedJob(input.Name));
    }

    private Refusal? Check(UpdateJob input) => turn.State.Jobs.Find(input.Name) is null
        ? Refusals.NotFound("job", input.Name)
        : CheckStandbys(input.Standbys);

    private Refusal? CheckStandbys(int standbys) => standbys < 0 || standbys > turn.Policy.MaxStandbys
        ? Refusal.BadField("spec.standbys", $"spec.standbys must be 0 to {turn.Policy.MaxStandbys}.")
        : null;

    private void Make(DeployJob input, Topic topic)
    {
        CoordinatorState state = turn.State;
        NewTask[] tasks =
        [
            .. FirstOf(topic).Select((partition, i) => new NewTask(
                new TaskId(state.Assignments.LastTask + 1 + (ulong)i),
                partition.Id,
                partition.Index,
                OldestKept(partition.Id))),
        ];
        turn.Record(new JobDeployed(
            new JobId(state.Jobs.LastJob + 1),
            input.Name,
            input.Operator,
            input.Operator,
            topic.Id,
            tasks,
            input.Request,
            turn.Now.UnixMs,
            input.Standbys,
            input.BadEvents));
        turn.Raise(
            EventLevel.Info,
            "JOB_DEPLOYED",
            $"jobs/{input.Name}",
            $"Job {input.Name} runs {input.Operator} over topic {topic.Name} in {tasks.Length} tasks.");
    }

    /// <summary>Those with which the events of each key begin that are kept.</summary>
    private static IEnumerable<Partition> FirstOf(Topic topic) => topic.Partitions.Where(p => p.Parents.IsEmpty);

    private RestorePoint OldestKept(PartitionId partition)
    {
        PartitionCount count = turn.State.Partitions.Get(partition);
        return new RestorePoint("", turn.State.Marks.Trimmed, count.FirstOffset, count.FirstHashSum);
    }

    private Refusal? Check(DeployJob input)
    {
        CoordinatorPolicy policy = turn.Policy;
        CoordinatorState state = turn.State;
        if (Names.Check(input.Name, "job_id") is { } badName)
        {
            return badName;
        }

        if (!policy.Operators.Contains(input.Operator))
        {
            return Refusal.BadField(
                "spec.operator",
                $"There is no operator {input.Operator}; use one of: {string.Join(", ", policy.Operators)}.");
        }

        if (CheckStandbys(input.Standbys) is { } badStandbys)
        {
            return badStandbys;
        }

        if (state.Jobs.Find(input.Name) is not null)
        {
            return Refusals.Exists("job", input.Name);
        }

        if (state.Topics.Find(input.SourceTopic) is not { } topic)
        {
            return Refusals.NotFound("topic", input.SourceTopic);
        }

        if (state.Jobs.Count >= policy.MaxJobs)
        {
            return Refusals.Full("jobs", policy.MaxJobs, "TOO_MANY_JOBS");
        }

        return state.Assignments.Count + FirstOf(topic).Count() > policy.MaxTasks
            ? Refusals.Full("tasks", policy.MaxTasks, "TOO_MANY_TASKS")
            : null;
    }
}
