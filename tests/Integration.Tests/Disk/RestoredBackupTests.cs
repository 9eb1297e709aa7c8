using Millrace.Client;
using Millrace.Integration.Tests.Checks;
using Millrace.Integration.Tests.Driving;
using Millrace.Integration.Tests.Processes;
using Millrace.Protocol.Admin.V1;

namespace Millrace.Integration.Tests.Disk;

/// <summary>A data directory that was put back from an older copy, under workers that know more.</summary>
internal sealed class RestoredBackupTests : ClusterTests
{
    private const int Fresh = 300;

    [Test]
    public async Task Row59_AnOlderDataDirectory_IsNamedAndCountsAreThoseOfItsEventsAlone()
    {
        TestCluster cluster = NewCluster(new ClusterOptions { Checkpoint = TimeSpan.FromMinutes(10) });
        await cluster.StartCoordinatorAsync("", Deadline);
        cluster.StartWorker("w-1");
        await using var run = new Run(cluster, Deadline);
        await run.DeployAsync();
        run.StartLoad(2, long.MaxValue);
        await run.AwaitAcksAsync(1_000);
        await cluster.Coordinator.KillAsync();
        string copy = Path.Combine(cluster.Directory, "copy");
        Copy(cluster.DataDirectory, copy);

        await cluster.StartCoordinatorAsync("", Deadline);
        await run.AwaitAcksAsync(run.Acked + 3_000);
        await run.StopLoadAsync();
        await CountsAsync(cluster, run);
        await cluster.Coordinator.KillAsync();
        Directory.Delete(cluster.DataDirectory, recursive: true);
        Directory.Move(copy, cluster.DataDirectory);

        await cluster.StartCoordinatorAsync("", Deadline);
        var incidents = new IncidentService.IncidentServiceClient(cluster.Channel);
        await Wait.UntilAsync(
            "the incident",
            async _ => (await incidents.ListIncidentsAsync(new())).Incidents.Any(i =>
                i is { Reason: "JOURNAL_ROLLED_BACK", Subject: "workers/w-1" }),
            Deadline);
        await PublishAsync(cluster);
        List<LogLine> log = await run.Reader.LogAsync(Run.Topic, Run.Partitions);
        Assert.That(log.Count(l => l.Key.StartsWith("fresh-", StringComparison.Ordinal)), Is.EqualTo(Fresh));
        Assert.That(
            (await CountsAsync(cluster, run)).ToDictionary(c => c.Key, c => c.Count),
            Is.EquivalentTo(log.GroupBy(l => l.Key).ToDictionary(g => g.Key, g => (long)g.Count())));
    }

    /// <summary>Of everything that is durable.</summary>
    private static async Task<List<CountLine>> CountsAsync(TestCluster cluster, Run run)
    {
        var clusters = new ClusterService.ClusterServiceClient(cluster.Channel);
        return await run.Reader.CountsAsync(
            Run.Job, (await clusters.GetClusterAsync(new())).Cluster.DurablePosition);
    }

    private async Task PublishAsync(TestCluster cluster)
    {
        using var client = new MillraceClient(cluster.Address);
        await using Producer producer = await client.OpenProducerAsync(new ProducerOptions(), Deadline);
        for (int i = 0; i < Fresh; i++)
        {
            await producer.SendAsync(Run.Topic, new EventData($"fresh-{i % 40}", $"{i}"), Deadline);
        }
    }

    private static void Copy(string from, string to)
    {
        Directory.CreateDirectory(to);
        foreach (string file in Directory.EnumerateFiles(from))
        {
            File.Copy(file, Path.Combine(to, Path.GetFileName(file)));
        }

        foreach (string folder in Directory.EnumerateDirectories(from))
        {
            Copy(folder, Path.Combine(to, Path.GetFileName(folder)));
        }
    }
}
