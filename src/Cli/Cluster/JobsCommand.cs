using System.CommandLine;
using Millrace.Cli.Output;
using Millrace.Cli.Running;
using Millrace.Client;
using Millrace.Protocol.Admin.V1;

namespace Millrace.Cli.Cluster;

/// <summary>Jobs: deploy, update, list.</summary>
internal static class JobsCommand
{
    public static Command Create(CommandRunner runner) => new("jobs", "Jobs: deploy, update, list.")
    {
        new Command("deploy", "Starts a job over a topic, from its oldest kept event.")
        {
            Deploy(runner, "count", "Counts how often each key occurs."),
        },
        Update(runner),
        List(runner),
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
        return runner.Runs(
            new Command(operatorName, description) { name, topic, standbys },
            async (session, cancellation) =>
            {
                DeployJobResponse response = await session.Client.Admin.DeployJobAsync(
                    session.Arguments.GetRequiredValue(name),
                    operatorName,
                    session.Arguments.GetRequiredValue(topic),
                    session.Arguments.GetValue(standbys),
                    cancellation).ConfigureAwait(false);
                session.Print(response, terminal => terminal.Out.WriteLine(
                    $"{ResourceNames.Short(response.Job.Name)} is {Humane.Word(response.Job.State)}: "
                    + $"{response.Job.AssignmentCount} partitions, {response.Job.UnassignedCount} without a worker"));
            });
    }

    private static Command List(CommandRunner runner) => runner.Runs(
        new Command("list", "All jobs."),
        async (session, cancellation) =>
        {
            ListJobsResponse response = await session.Client.Admin.ListJobsAsync(cancellation).ConfigureAwait(false);
            session.Print(response, terminal => Write(terminal, response, session.Time.GetUtcNow()));
        });

    private static void Write(Terminal terminal, ListJobsResponse response, DateTimeOffset now)
    {
        var table = new TextTable(
            "JOB", "STATE", "OPERATOR", "TOPIC", ">PARTITIONS", ">UNASSIGNED", ">STANDBYS", ">LAG", ">UNCOMMITTED",
            ">AGE");
        foreach (Job job in response.Jobs.OrderBy(j => j.Name, StringComparer.Ordinal))
        {
            table.Add(
                ResourceNames.Short(job.Name),
                new Cell(Humane.Word(job.State), job.State == JobState.Running ? Tone.Good : Tone.Warning),
                job.Spec?.Operator ?? "",
                string.Join(",", (job.Spec?.SourceTopics ?? []).Select(ResourceNames.Short)),
                job.AssignmentCount.ToString(),
                job.UnassignedCount.ToString(),
                $"{job.StandbyCount}/{(job.Spec?.Standbys ?? 0) * job.AssignmentCount}",
                Humane.Count(job.LagEvents),
                Humane.Count(job.UncommittedEvents),
                Humane.Age(job.CreateTime, now));
        }

        table.WriteTo(terminal, "no jobs: `millrace jobs deploy count NAME --topic TOPIC`");
    }
}
