using System.Globalization;
using Millrace.Integration.Tests.Checks;
using Millrace.Integration.Tests.Driving;
using Millrace.Integration.Tests.Processes;

namespace Millrace.Integration.Tests.Disk;

/// <summary>Snapshots of workers that turn out to be damaged when they are needed.</summary>
internal sealed class DamagedSnapshotTests : ClusterTests
{
    [Test]
    public async Task Row23_NewestSnapshotOfEachTaskDamaged_StartsFromTheOneBeforeAndCountsTheSame()
    {
        TestCluster cluster = NewCluster();
        await cluster.StartCoordinatorAsync("", Deadline);
        ChildProcess first = cluster.StartWorker("w-1");
        await using var run = new Run(cluster, Deadline);
        await run.DeployAsync();
        run.StartLoad(3, 3000);
        await Wait.UntilAsync(
            "two commits of each task",
            () => Commits(cluster).GroupBy(c => c.Subject).Count(g => g.Count() >= 2) == Run.Partitions,
            Deadline);
        await cluster.Coordinator.KillAsync();
        await first.KillAsync();
        foreach (IGrouping<ulong, DecisionLine> task in Commits(cluster).GroupBy(c => c.Subject))
        {
            Damage(cluster, task.Key, task.Last().Position);
        }

        await cluster.StartCoordinatorAsync("", Deadline);
        ChildProcess second = cluster.StartWorker("w-1");
        await run.FinishAndCheckAsync();
        Assert.That(second.Output, Does.Contain("it starts from the one before"));
    }

    private static IEnumerable<DecisionLine> Commits(TestCluster cluster) =>
        new JournalFiles(cluster.DataDirectory).Decisions().Where(d => d.Kind == DecisionLine.Committed);

    private static void Damage(TestCluster cluster, ulong task, ulong position)
    {
        string pattern = string.Create(CultureInfo.InvariantCulture, $"t{task}-e*-p{position}-*");
        string path = Directory.EnumerateFiles(Path.Combine(cluster.DataDirectory, "snapshots"), pattern).Single();
        byte[] bytes = File.ReadAllBytes(path);
        bytes[^1] ^= 1;
        File.WriteAllBytes(path, bytes);
    }
}
