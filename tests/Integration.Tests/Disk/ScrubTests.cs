using System.Globalization;
using Millrace.Integration.Tests.Checks;
using Millrace.Integration.Tests.Driving;
using Millrace.Integration.Tests.Processes;
using Millrace.Protocol.Admin.V1;

namespace Millrace.Integration.Tests.Disk;

/// <summary>Bits that flip on the disk of a cluster that runs.</summary>
internal sealed class ScrubTests : ClusterTests
{
    private const long SegmentBytes = 8 << 20;

    /// <summary>A pass over the little that the tests store takes a moment.</summary>
    private static readonly ClusterOptions _options = new()
    {
        Coordinator = ["Scrub:Interval=200ms", "Scrub:BytesPerSecond=256MiB"],
    };

    /// <summary>Passes over the disk, each at least an interval long, from a flipped bit to its incident.</summary>
    private const ulong MostPasses = 25;

    protected override TimeSpan Limit => TimeSpan.FromMinutes(4);

    [Test]
    public async Task Row23_BitsFlippedInSnapshotsOfARunningCluster_AreNamedWithinSecondsAndMendedBeforeTheyAreNeeded()
    {
        TestCluster cluster = NewCluster(_options);
        await cluster.StartCoordinatorAsync("", Deadline);
        ChildProcess first = cluster.StartWorker("w-1");
        await using var run = new Run(cluster, Deadline);
        await run.DeployAsync();
        run.StartLoad(3, 2000);
        await run.Load;
        await Wait.UntilAsync(
            "commits of everything",
            async _ => (await run.Reader.AssignmentsAsync()).All(a => a.CommittedOffset == a.NextOffset),
            Deadline);

        string[] newest = Newest(cluster);
        Assert.That(newest, Has.Length.EqualTo(Run.Partitions));
        ulong passes = await PassesAsync(cluster);
        Array.ForEach(newest, path => Flip(path, new FileInfo(path).Length - 1));
        await UntilAsync(cluster, "an incident for each", all => all.Count == newest.Length, "SNAPSHOT_DAMAGED");
        Assert.That(await PassesAsync(cluster) - passes, Is.LessThan(MostPasses));
        await UntilAsync(
            cluster, "all of them mended", all => all.All(i => i.State == IncidentState.Resolved), "SNAPSHOT_DAMAGED");
        Assert.That(newest.Where(path => !File.Exists(path + ".damaged")), Is.Empty);

        await first.KillAsync();
        ChildProcess second = cluster.StartWorker("w-2");
        run.StartLoad(1, 500);
        await run.FinishAndCheckAsync();
        Assert.That(second.Output, Does.Not.Contain("it starts from the one before"));
    }

    [Test]
    public async Task Row46_ABitFlippedInASealedSegmentOfARunningCluster_IsNamedWithinSecondsAndNeededByNoRestart()
    {
        TestCluster cluster = NewCluster(_options);
        await cluster.StartCoordinatorAsync("", Deadline);
        ChildProcess first = cluster.StartWorker("w-1");
        await using var run = new Run(cluster, Deadline);
        await run.DeployAsync();
        run.StartLoad(4, long.MaxValue);
        var clusters = new ClusterService.ClusterServiceClient(cluster.Channel);
        await Wait.UntilAsync(
            "a sealed segment",
            async _ => (await clusters.GetClusterAsync(new())).Cluster.DurablePosition > SegmentBytes + (1 << 20),
            Deadline);

        string segment = Directory.EnumerateFiles(
            Path.Combine(cluster.DataDirectory, "journal"), "000000000000.*.segment").Single();
        long place = JournalFiles.LastFrame(segment) / 2;
        ulong passes = await PassesAsync(cluster);
        Flip(segment, place);
        await UntilAsync(cluster, "the incident", all => all.Count == 1, "JOURNAL_DAMAGED");
        Assert.That(await PassesAsync(cluster) - passes, Is.LessThan(MostPasses));
        (int code, string shown) = await ChildProcess.RunAsync(
            Executables.Command, ["incidents", "list", "--server", cluster.Address], cluster.Directory, Deadline);
        Assert.That((code, shown), Is.EqualTo((0, shown)));
        Assert.That(shown, Does.Contain("JOURNAL_DAMAGED").And.Contain(segment).And.Contain(", byte "));

        await Wait.UntilAsync(
            "two control snapshots above it",
            () => ControlPositions(cluster) is [> SegmentBytes, > SegmentBytes],
            Deadline);
        await Wait.UntilAsync(
            "commits above it",
            async _ => (await run.Reader.AssignmentsAsync()).All(a => a.CommittedPosition > SegmentBytes),
            Deadline);
        await first.KillAsync();
        await cluster.Coordinator.KillAsync();
        await cluster.StartCoordinatorAsync("", Deadline);
        cluster.StartWorker("w-2");
        await run.EndLoadAsync();
        Flip(segment, place);
        await run.FinishAndCheckAsync();
    }

    private async Task UntilAsync(
        TestCluster cluster, string what, Func<IReadOnlyList<Incident>, bool> condition, string reason)
    {
        var incidents = new IncidentService.IncidentServiceClient(cluster.Channel);
        await Wait.UntilAsync(
            what,
            async cancellation =>
            {
                ListIncidentsResponse all = await incidents.ListIncidentsAsync(
                    new(), cancellationToken: cancellation);
                return condition([.. all.Incidents.Where(i => i.Reason == reason)]);
            },
            Deadline);
    }

    private async Task<ulong> PassesAsync(TestCluster cluster)
    {
        var clusters = new ClusterService.ClusterServiceClient(cluster.Channel);
        return (await clusters.GetClusterAsync(new(), cancellationToken: Deadline)).Cluster.Scrub.PassCount;
    }

    /// <summary>The newest snapshot of each task.</summary>
    private static string[] Newest(TestCluster cluster) =>
    [
        .. Directory.EnumerateFiles(Path.Combine(cluster.DataDirectory, "snapshots"), "t*")
            .GroupBy(path => Part(path, 't'))
            .Select(task => task.MaxBy(path => Part(path, 'p'))!),
    ];

    /// <summary>A number in a snapshot's name, by the letter before it.</summary>
    private static ulong Part(string path, char letter) => ulong.Parse(
        Path.GetFileName(path).Split('-').First(part => part[0] == letter).AsSpan(1), CultureInfo.InvariantCulture);

    private static long[] ControlPositions(TestCluster cluster) =>
    [
        .. Directory.EnumerateFiles(Path.Combine(cluster.DataDirectory, "control"), "*.snapshot")
            .Select(path => long.Parse(Path.GetFileNameWithoutExtension(path), CultureInfo.InvariantCulture)),
    ];

    private static void Flip(string path, long at)
    {
        using FileStream file = File.Open(path, FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite);
        file.Position = at;
        int old = file.ReadByte();
        file.Position = at;
        file.WriteByte((byte)(old ^ 4));
    }
}
