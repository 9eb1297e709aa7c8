using System.CommandLine;
using Millrace.Cli.Output;
using Millrace.Cli.Running;
using Millrace.Client;
using Millrace.Protocol.Admin.V1;

namespace Millrace.Cli.Cluster;

/// <summary>Jobs: deploy, list.</summary>
internal static class JobsCommand
{
    public static Command Create(CommandRunner runner) => new("jobs", "Jobs: deploy, list.")
    {
        new Command("deploy", "Starts a job over a topic, from its oldest kept event.")
        {
            Deploy(runner, "count", "Counts how often each key occurs."),
        },
        List(runner),
    };

    private static Command Deploy(CommandRunner runner, string operatorName, string description)
    {
        var name = new Argument<string>("JOB") { Description = "The job's name." };
        var topic = new Option<string>("--topic", "-t")
        {
            Description = "The topic that it reads.",
            HelpName = "TOPIC",
            Required = true,
        };
        return runner.Runs(
            new Command(operatorName, description) { name, topic },
            async (session, cancellation) =>
            {
                DeployJobResponse response = await session.Client.Admin.DeployJobAsync(
                    session.Arguments.GetRequiredValue(name),
                    operatorName,
                    session.Arguments.GetRequiredValue(topic),
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
            "JOB", "STATE", "OPERATOR", "TOPIC", ">PARTITIONS", ">UNASSIGNED", ">LAG", ">UNCOMMITTED", ">AGE");
        foreach (Job job in response.Jobs.OrderBy(j => j.Name, StringComparer.Ordinal))
        {
            table.Add(
                ResourceNames.Short(job.Name),
                new Cell(Humane.Word(job.State), job.State == JobState.Running ? Tone.Good : Tone.Warning),
                job.Spec?.Operator ?? "",
                string.Join(",", (job.Spec?.SourceTopics ?? []).Select(ResourceNames.Short)),
                job.AssignmentCount.ToString(),
                job.UnassignedCount.ToString(),
                Humane.Count(job.LagEvents),
                Humane.Count(job.UncommittedEvents),
                Humane.Age(job.CreateTime, now));
        }

        table.WriteTo(terminal, "no jobs: `millrace jobs deploy count NAME --topic TOPIC`");
    }
}
