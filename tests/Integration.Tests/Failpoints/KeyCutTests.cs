using Google.Protobuf;
using Millrace.Integration.Tests.Driving;
using Millrace.Integration.Tests.Processes;
using Millrace.Protocol.Admin.V1;

namespace Millrace.Integration.Tests.Failpoints;

/// <summary>Partitions that are cut by keys are split and merged under load while processes die in between (rule of
/// exactness 9): ranges of keys, and a directory that is closed on the way.</summary>
[Parallelizable(ParallelScope.Children)]
internal sealed class KeyCutTests : ClusterTests
{
    [Test]
    public async Task Ranges_SplitAndMergedWhileBothAreKilled_StayExact()
    {
        var ranges = new RangeByKeyPartitioning();
        ranges.SplitPoints.AddRange(
            Enumerable.Range(1, Run.Partitions - 1).Select(i => ByteString.CopyFromUtf8($"key-{i * 20:d4}")));
        await KillAndCheckAsync(new Partitioning { RangeByKey = ranges }, (0, "key-0005"), (1, "key-0025"), (8, 9));
    }

    [Test]
    public async Task Directory_SplitAndMergedWhileBothAreKilled_StaysExact() => await KillAndCheckAsync(
        new Partitioning { Key = new KeyPartitioning { MaxKeys = 150 } }, (0, ""), (1, ""), (8, 5));

    private async Task KillAndCheckAsync(
        Partitioning partitioning, (int Index, string At) first, (int Index, string At) second, (int, int) merged)
    {
        TestCluster cluster = NewCluster();
        await cluster.StartCoordinatorAsync("", Deadline);
        ChildProcess worker = cluster.StartWorker("w-1");
        cluster.StartWorker("w-2");
        await using var run = new Run(cluster, Deadline) { Partitioning = partitioning };
        await run.DeployAsync();
        run.StartLoad(3, long.MaxValue, 500);
        await run.AwaitAcksAsync(1_000);

        await run.SplitAsync(first.Index, first.At);
        await worker.KillAsync();
        await run.SettledAsync();
        worker = cluster.StartWorker("w-1");

        await run.SplitAsync(second.Index, second.At);
        await cluster.Coordinator.KillAsync();
        await cluster.StartCoordinatorAsync("", Deadline);
        await run.SettledAsync();

        await run.MergeAsync(merged.Item1, merged.Item2);
        await worker.KillAsync();
        await cluster.Coordinator.KillAsync();
        await cluster.StartCoordinatorAsync("", Deadline);
        cluster.StartWorker("w-1");
        await run.SettledAsync();
        await run.EndLoadAsync();
        await run.FinishAndCheckAsync();
        GetTopicResponse topic = await run.TopicAsync();
        Assert.That(topic.Topic.PartitionCount, Is.EqualTo(Run.Partitions + 1));
        Assert.That(topic.Partitions, Has.Count.EqualTo(Run.Partitions + 5));
    }
}
