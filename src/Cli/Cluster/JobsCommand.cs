using System.CommandLine;
using Millrace.Cli.Output;
using Millrace.Cli.Running;
using Millrace.Client;
using Millrace.Protocol.Admin.V1;

namespace Millrace.Cli.Cluster;

/// <summary>Jobs: deploy, update, list.</summary>
internal static class JobsCommand
{
    public static Command Create(CommandRunner runner) => new("jobs", "Jobs: deploy, update, list, bad-events.")
    {
        new Command("deploy", "Starts a job over a topic, from its oldest kept event.")
        {
            Deploy(runner, "count", "Counts how often each key occurs."),
            Deploy(runner, "sum", "Adds up the values of each key: decimal numbers."),
        },
        Update(runner),
        List(runner),
        BadEvents(runner),
    };

    private static Command Update(CommandRunner runner)
    {
        var name = new Argument<string>("JOB") { Description = "The job's name." };
        Option<int> standbys = Standbys();
        standbys.Required = true;
        return runner.Runs(
            new Command("update", "Changes how many standbys a job keeps.") { name, standbys },
            async (session, cancellation) =>
            {
                UpdateJobResponse response = await session.Client.Admin.UpdateJobAsync(
                    session.Arguments.GetRequiredValue(name),
                    session.Arguments.GetValue(standbys),
                    cancellation).ConfigureAwait(false);
                session.Print(response, terminal => terminal.Out.WriteLine(
                    $"{ResourceNames.Short(response.Job.Name)} keeps {response.Job.Spec.Standbys} standbys of each "
                    + $"partition; {response.Job.StandbyCount} follow now"));
            });
    }

    private static Option<int> Standbys()
    {
        var standbys = new Option<int>("--standbys")
        {
            Description = "Warm copies to keep of each partition on other workers: one takes over when the owner is "
                + "lost.",
            HelpName = "N",
        };
        standbys.Validators.Add(result =>
        {
            if (result.GetValueOrDefault<int>() < 0)
            {
                result.AddError("--standbys takes a number from 0 on");
            }
        });
        return standbys;
    }

    private static Command Deploy(CommandRunner runner, string operatorName, string description)
    {
        var name = new Argument<string>("JOB") { Description = "The job's name." };
        var topic = new Option<string>("--topic", "-t")
        {
            Description = "The topic that it reads.",
            HelpName = "TOPIC",
            Required = true,
        };
        Option<int> standbys = Standbys();
        var badEvents = new Option<BadEventPolicy>("--bad-events")
        {
            Description = "What becomes of events that it cannot apply: fail, skip or quarantine.",
            HelpName = "POLICY",
        };
        Option<bool> park = ParkOption();
        return runner.Runs(
            new Command(operatorName, description) { name, topic, standbys, badEvents, park },
            async (session, cancellation) =>
            {
                DeployJobResponse response = await session.Client.Admin.DeployJobAsync(
                    session.Arguments.GetRequiredValue(name),
                    new JobSpec
                    {
                        Operator = operatorName,
                        SourceTopics = { ResourceNames.Topic(session.Arguments.GetRequiredValue(topic)) },
                        Standbys = (uint)session.Arguments.GetValue(standbys),
                        BadEventPolicy = session.Arguments.GetValue(badEvents),
                        ParkKeys = session.Arguments.GetValue(park),
                    },
                    cancellation).ConfigureAwait(false);
                session.Print(response, terminal => terminal.Out.WriteLine(
                    $"{ResourceNames.Short(response.Job.Name)} is {Humane.Word(response.Job.State)}: "
                    + $"{response.Job.AssignmentCount} partitions, {response.Job.UnassignedCount} without a worker"));
            });
    }

    private static Command BadEvents(CommandRunner runner)
    {
        var job = new Argument<string>("JOB") { Description = "The job." };
        var policy = new Argument<BadEventPolicy>("POLICY")
        {
            Description = "fail: the task stops there; skip: passed over and counted; quarantine: a dead letter.",
        };
        Option<bool> park = ParkOption();
        return runner.Runs(
            new Command("bad-events", "Says what becomes of events that a job cannot apply.") { job, policy, park },
            async (session, cancellation) =>
            {
                SetBadEventPolicyResponse response = await session.Client.DeadLetters.SetPolicyAsync(
                    session.Arguments.GetRequiredValue(job),
                    session.Arguments.GetRequiredValue(policy),
                    session.Arguments.GetValue(park),
                    cancellation).ConfigureAwait(false);
                session.Print(response, terminal => terminal.Out.WriteLine(
                    $"bad events of {ResourceNames.Short(response.Job.Name)}: "
                    + Humane.Word(response.Job.Spec.BadEventPolicy)));
            });
    }

    private static Option<bool> ParkOption() => new("--park-keys")
    {
        Description = "With quarantine: later events of the same key become dead letters too, until it is released.",
    };

    private static Command List(CommandRunner runner) => runner.Runs(
        new Command("list", "All jobs."),
        async (session, cancellation) =>
        {
            ListJobsResponse response = await session.Client.Admin.ListJobsAsync(cancellation).ConfigureAwait(false);
            session.Print(response, terminal => Write(terminal, response, session.Time.GetUtcNow()));
        });

    private static Tone ToneOf(JobState state) => state switch
    {
        JobState.Running => Tone.Good,
        JobState.Failed => Tone.Bad,
        _ => Tone.Warning,
    };

    private static void Write(Terminal terminal, ListJobsResponse response, DateTimeOffset now)
    {
        var table = new TextTable(
            "JOB",
            "STATE",
            "OPERATOR",
            "TOPIC",
            ">PARTITIONS",
            ">UNASSIGNED",
            ">STANDBYS",
            ">LAG",
            ">UNCOMMITTED",
            ">DEAD LETTERS",
            ">AGE");
        foreach (Job job in response.Jobs.OrderBy(j => j.Name, StringComparer.Ordinal))
        {
            table.Add(
                ResourceNames.Short(job.Name),
                new Cell(Humane.Word(job.State), ToneOf(job.State)),
                job.Spec?.Operator ?? "",
                string.Join(",", (job.Spec?.SourceTopics ?? []).Select(ResourceNames.Short)),
                job.AssignmentCount.ToString(),
                job.UnassignedCount.ToString(),
                $"{job.StandbyCount}/{(job.Spec?.Standbys ?? 0) * job.AssignmentCount}",
                Humane.Count(job.LagEvents),
                Humane.Count(job.UncommittedEvents),
                Humane.Count(job.DeadLetterCount),
                Humane.Age(job.CreateTime, now));
        }

        table.WriteTo(terminal, "no jobs: `millrace jobs deploy count NAME --topic TOPIC`");
    }
}
