using System.CommandLine;
using Millrace.Cli.Output;
using Millrace.Cli.Running;
using Millrace.Cli.Topics;
using Millrace.Client;
using Millrace.Protocol.Admin.V1;

namespace Millrace.Cli.Cluster;

/// <summary>Which worker owns which partition of which job, and why.</summary>
internal static class PartitionsCommand
{
    public static Command Create(CommandRunner runner) =>
        new("partitions", "Which worker owns which partition of which job, and why.")
        {
            List(runner),
            PartitionMoves.Move(runner),
            PartitionMoves.Pin(runner),
            PartitionMoves.Unpin(runner),
            HotCommand.Create(runner),
            ExplainCommand.Create(runner),
            PartitionChangeCommands.Split(runner),
            PartitionChangeCommands.Merge(runner),
        };

    private static Command List(CommandRunner runner)
    {
        var job = new Argument<string>("JOB")
        {
            Description = "Only those of this job.",
            DefaultValueFactory = _ => "",
        };
        var topic = new Option<string>("--topic")
        {
            Description = "The partitions of this topic: what each holds, whether it is open, whom it took over from.",
            HelpName = "TOPIC",
        };
        return runner.Runs(
            new Command("list", "All assignments, or those of one job; or the partitions of a topic.") { job, topic },
            async (session, cancellation) =>
            {
                if (session.Arguments.GetValue(topic) is { Length: > 0 } shown)
                {
                    ListPartitionsResponse partitions = await session.Client.Admin
                        .ListPartitionsAsync(shown, cancellation).ConfigureAwait(false);
                    session.Print(partitions, terminal => Write(terminal, partitions));
                    return;
                }

                string named = session.Arguments.GetValue(job) ?? "";
                ListAssignmentsResponse response = await session.Client.Admin
                    .ListAssignmentsAsync(named, "", cancellation).ConfigureAwait(false);
                session.Print(response, terminal => Write(terminal, response, session.Time.GetUtcNow()));
            });
    }

    private static void Write(Terminal terminal, ListPartitionsResponse response)
    {
        var table = new TextTable(
            ">PART", "HOLDS", "STATE", "TOOK OVER FROM", "GOES ON IN", ">FIRST OFFSET", ">NEXT OFFSET");
        foreach (Partition one in response.Partitions.OrderBy(p => p.Index))
        {
            table.Add(
                $"p{one.Index}",
                one.FirstKey.IsEmpty && one.EndKey.IsEmpty
                    ? $"key groups {one.FirstKeyGroup} to {(long)one.EndKeyGroup - 1}"
                    : DescribeCommand.Range(one),
                new Cell(
                    Humane.Word(one.State), one.State == PartitionState.Sealing ? Tone.Warning : Tone.Plain),
                Indices(one.ParentIndices),
                Indices(one.ChildIndices),
                Humane.Count(one.FirstOffset),
                Humane.Count(one.NextOffset));
        }

        table.WriteTo(terminal, "no partitions");
    }

    private static string Indices(IEnumerable<uint> indices)
    {
        string text = string.Join(", ", indices.Select(i => $"p{i}"));
        return text.Length == 0 ? "-" : text;
    }

    private static void Write(Terminal terminal, ListAssignmentsResponse response, DateTimeOffset now)
    {
        var table = new TextTable(
            "JOB", "PART", "WORKER", "STATE", ">EPOCH", ">APPLIED", ">LAG", ">COMMITTED", ">STATE SIZE", "STANDBYS",
            "PIN", "WHY HERE");
        IOrderedEnumerable<Assignment> ordered = response.Assignments
            .OrderBy(a => a.Job, StringComparer.Ordinal)
            .ThenBy(a => a.Stage, StringComparer.Ordinal)
            .ThenBy(a => a.PartitionIndex);
        ulong lag = 0;
        foreach (Assignment one in ordered)
        {
            lag += one.LagEvents;
            table.Add(
                ResourceNames.Short(one.Job),
                $"p{one.PartitionIndex}",
                one.MovingTo.Length == 0
                    ? ResourceNames.Short(one.Worker)
                    : $"{ResourceNames.Short(one.Worker)} -> {ResourceNames.Short(one.MovingTo)}",
                new Cell(Humane.Word(one.State), ToneOf(one.State)),
                one.Epoch.ToString(),
                Humane.Count(one.AppliedOffset),
                Humane.Count(one.LagEvents),
                Humane.Count(one.CommittedOffset),
                Humane.Bytes(one.StateBytes),
                string.Join(' ', one.Standbys.Select(Named)),
                PinOf(one.Pin),
                $"{Humane.Word(one.Reason)} {Humane.Age(one.ReasonTime, now)}");
        }

        table.WriteTo(terminal, "no partitions are assigned: `millrace jobs deploy count NAME --topic TOPIC`");
        if (response.Assignments.Count > 0)
        {
            terminal.Out.WriteLine($"{response.Assignments.Count} partitions, {Humane.Count(lag)} events behind");
        }
    }

    private static string Named(Standby standby) => standby.Following
        ? ResourceNames.Short(standby.Worker)
        : $"({ResourceNames.Short(standby.Worker)})";

    private static string PinOf(Pin? pin) => pin is null
        ? ""
        : string.Join(' ', new[] { ResourceNames.Short(pin.Worker), pin.LabelSelector }.Where(s => s.Length > 0));

    private static Tone ToneOf(AssignmentState state) => state switch
    {
        AssignmentState.Running => Tone.Good,
        AssignmentState.Unassigned or AssignmentState.Failed => Tone.Bad,
        _ => Tone.Warning,
    };
}
