using System.CommandLine;
using Google.Protobuf.Collections;
using Millrace.Cli.Output;
using Millrace.Cli.Running;
using Millrace.Protocol.Admin.V1;
using ClusterMessage = Millrace.Protocol.Admin.V1.Cluster;

namespace Millrace.Cli.Cluster;

/// <summary>The cluster on one screen.</summary>
internal static class StatusCommand
{
    public static Command Create(CommandRunner runner) => runner.Runs(
        new Command("status", "The cluster on one screen."),
        async (session, cancellation) =>
        {
            GetClusterResponse response =
                await session.Client.Admin.GetClusterAsync(cancellation).ConfigureAwait(false);
            session.Print(response, terminal => Write(terminal, response.Cluster, session.Time.GetUtcNow()));
        });

    private static void Write(Terminal terminal, ClusterMessage cluster, DateTimeOffset now)
    {
        string safe = cluster.SafeToRemoveWorker ? "yes" : "no";
        terminal.Out.WriteLine(
            $"CLUSTER {cluster.Name}   safe to remove a worker: {safe}   rev {cluster.Revision}   "
            + $"up {Humane.Age(cluster.StartTime, now)}   v{cluster.Version}");
        terminal.Out.WriteLine($"workers      {Counts(cluster.WorkerCounts)}");
        terminal.Out.WriteLine($"partitions   {Counts(cluster.AssignmentCounts)}");
        terminal.Out.WriteLine($"jobs         {Counts(cluster.JobCounts)}");
        terminal.Out.WriteLine(
            $"events       {Humane.Count(cluster.EventCount)} stored, journal "
            + $"{Humane.Bytes(cluster.DurablePosition - cluster.FirstPosition)}");
        terminal.Out.WriteLine($"ingest       {Ingest(cluster.Ingest)}");
        terminal.Out.WriteLine($"disk         {Scrubbed(cluster.Scrub, now)}");
        if (cluster.UnresolvedIncidentCount > 0)
        {
            terminal.Out.WriteLine(
                $"incidents    {cluster.UnresolvedIncidentCount} not resolved: millrace incidents list");
        }

        foreach (string reason in cluster.UnsafeReasons)
        {
            terminal.Out.WriteLine($"not safe: {reason}");
        }
    }

    private static string Scrubbed(Scrub? scrub, DateTimeOffset now) => scrub?.LastPassTime is { } last
        ? $"all of it read and checked {Humane.Age(last, now)} ago"
        : $"{Humane.Bytes(scrub?.CheckedBytes ?? 0)} read and checked so far";

    private static string Ingest(IngestPressure? ingest)
    {
        if (ingest is null)
        {
            return "-";
        }

        string slowed = ingest.WaitingCount == 0
            ? ""
            : $", {ingest.WaitingCount} slowed down for {ingest.QueueTime.ToTimeSpan().TotalMilliseconds:0} ms";
        string refused = ingest.RefusedCount == 0 ? "" : $", {ingest.RefusedCount} refused";
        return $"{ingest.StreamCount} streams, {Humane.Bytes(ingest.PendingBytes)} of "
            + $"{Humane.Bytes(ingest.MaxPendingBytes)} pending{slowed}{refused}";
    }

    /// <summary>By name, so that two runs agree.</summary>
    private static string Counts(MapField<string, uint> counts) => counts.Count == 0
        ? "none"
        : string.Join(
            "   ", counts.OrderBy(c => c.Key, StringComparer.Ordinal).Select(c => $"{c.Value} {Word(c.Key)}"));

    /// <summary>The state without what all states start with.</summary>
    private static string Word(string state) => state[(state.LastIndexOf("STATE_", StringComparison.Ordinal) switch
    {
        < 0 => 0,
        int at => at + "STATE_".Length,
    })..].ToLowerInvariant();
}
