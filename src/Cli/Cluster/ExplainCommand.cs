using System.CommandLine;
using System.Globalization;
using Millrace.Cli.Output;
using Millrace.Cli.Running;
using Millrace.Client;
using Millrace.Protocol.Admin.V1;

namespace Millrace.Cli.Cluster;

/// <summary>Why a partition is where it is, and what would change it.</summary>
internal static class ExplainCommand
{
    public static Command Create(CommandRunner runner)
    {
        var name = new AssignmentName();
        return runner.Runs(
            new Command("explain", "Why a partition is where it is, and what would change it.")
            {
                name.Job, name.Part,
            },
            async (session, cancellation) =>
            {
                Assignment assignment = await name.FindAsync(session, cancellation).ConfigureAwait(false);
                ExplainAssignmentResponse response = await session.Client.Admin
                    .ExplainAssignmentAsync(assignment.Name, cancellation).ConfigureAwait(false);
                session.Print(response, terminal => Write(terminal, response));
            });
    }

    private static void Write(Terminal terminal, ExplainAssignmentResponse response)
    {
        Assignment assignment = response.Assignment;
        string worker = assignment.Worker.Length == 0 ? "no worker" : ResourceNames.Short(assignment.Worker);
        string share = Humane.Percent(response.LoadShare);
        terminal.Out.WriteLine(
            $"{ResourceNames.Short(assignment.Job)} p{assignment.PartitionIndex} is on {worker}, epoch "
            + $"{assignment.Epoch}: {share} of its load, {Humane.Count((ulong)response.EventsPerSecond)} events/s");
        foreach (Finding finding in response.Findings)
        {
            string advice = finding.Suggestion.Length > 0 ? $" {finding.Suggestion}" : "";
            terminal.Out.WriteLine($"  {finding.Reason}: {finding.Evidence}{advice}");
        }

        var table = new TextTable("WORKER", ">WOULD BE AT", ">CAPACITY", ">PARTS", "WHY NOT");
        foreach (PlacementCandidate candidate in response.Candidates)
        {
            table.Add(
                ResourceNames.Short(candidate.Worker),
                candidate.Score.ToString("F2", CultureInfo.InvariantCulture),
                candidate.Capacity.ToString("F2", CultureInfo.InvariantCulture),
                candidate.AssignmentCount.ToString(CultureInfo.InvariantCulture),
                candidate.WhyNot);
        }

        table.WriteTo(terminal, "no workers");
    }
}
