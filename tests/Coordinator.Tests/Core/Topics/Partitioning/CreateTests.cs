using System.Text;
using Millrace.Common.Keys;
using Millrace.Common.Model;
using Millrace.Coordinator.Core;
using Millrace.Coordinator.Core.Topics;
using Millrace.Coordinator.Core.Topics.Partitioning;
using Millrace.Coordinator.Journal;
using Millrace.Coordinator.Storage;
using static Millrace.Coordinator.Tests.Core.TestCluster;

namespace Millrace.Coordinator.Tests.Core.Topics.Partitioning;

/// <summary>A topic's partitioning, from the wish to the route, through journal and snapshot.</summary>
public sealed class CreateTests
{
    private static readonly PartitioningSpec[] _specs =
    [
        new(PartitioningKind.Hash, KeyFunction.Md5),
        new(PartitioningKind.Hash, KeyFunction.Murmur2),
        Ranges("g", "p"),
        new(PartitioningKind.Key, Directory: new(100, [new DeclaredKey([7], 3)])),
        new(PartitioningKind.RangeByTime, Time: new(3_600_000, 0, 2, 1, 3)),
        new(PartitioningKind.Spread, Spread: new(SpreadPolicy.LeastLoaded)),
        new(PartitioningKind.Spread, Spread: new(SpreadPolicy.SmoothWeighted, [5, 0, 1])),
    ];

    [TestCaseSource(nameof(_specs))]
    public void Create_AnyKind_IsTheSameAfterReplayAndAfterASnapshot(object wish)
    {
        var spec = (PartitioningSpec)wish;
        TestCluster cluster = Started();
        Assert.That(cluster.Ask(c => Create(c, spec)), Is.TypeOf<CreatedTopic>());
        cluster.Seal();
        TopicRoute route = cluster.State.Topics.Routing.Topics["t"];
        Assert.Multiple(() =>
        {
            Assert.That(route.Partitioner.Spec.Kind, Is.EqualTo(spec.Kind));
            Assert.That(Picture(cluster.Replayed()), Is.EqualTo(Picture(cluster.State)));
            Assert.That(Picture(Copy(cluster.State)), Is.EqualTo(Picture(cluster.State)));
            Assert.That(
                Copy(cluster.State).Topics.Routing.Topics["t"].Partitioner, Is.TypeOf(route.Partitioner.GetType()));
        });
        TopicCreated record = Records<TopicCreated>(cluster.Effects).Single();
        var bytes = new System.Buffers.ArrayBufferWriter<byte>();
        ControlRecordCodec.Encode(record, bytes);
        var read = (TopicCreated)ControlRecordCodec.Decode(bytes.WrittenSpan);
        Assert.That(read.Partitioning!.SplitPoints, Is.EqualTo(spec.SplitPoints));
        Assert.That(read.Partitioning.Spread?.Weights, Is.EqualTo(spec.Spread?.Weights));
        Assert.That(read.Partitioning.Function, Is.EqualTo(spec.Function));
    }

    [Test]
    public void Decode_OfARecordWithoutPartitioning_IsAHashTopic()
    {
        string json = """{"$type":"topic-created","topic":1,"name":"t","keyGroupCount":8,"partitions":[1,2],"""
            + "\"retentionMs\":5,\"request\":null,\"unixMs\":7}";
        var table = new TopicTable();
        table.Apply((TopicCreated)ControlRecordCodec.Decode(Encoding.UTF8.GetBytes(json)), 1);
        Assert.That(table.Routing.Topics["t"].Partitioner.IsXxh64);
    }

    [Test]
    public void Decode_OfASnapshotWithoutPartitioning_IsAHashTopic()
    {
        TestCluster cluster = Started();
        cluster.Ask(c => Create(c, PartitioningSpec.Default));
        string json = Picture(cluster.State);
        int at = json.IndexOf(",\"Partitioning\":", StringComparison.Ordinal);
        byte[] head = ControlSnapshotCodec.Encode(cluster.State.ToSnapshot(0))[..12];
        byte[] body = Encoding.UTF8.GetBytes(json[..at] + json[(json.IndexOf('}', at) + 1)..]);
        System.Buffers.Binary.BinaryPrimitives.WriteUInt32LittleEndian(
            head.AsSpan(8), Millrace.Common.Files.Crc32C.Compute(body));
        CoordinatorState state = CoordinatorState.FromSnapshot(ControlSnapshotCodec.Decode([.. head, .. body]));
        Assert.That(state.Topics.Routing.Topics["t"].Partitioner.IsXxh64);
    }

    [Test]
    public void Create_WithoutNumbers_TakesThemFromThePartitioning()
    {
        TestCluster cluster = Started();
        cluster.Ask(c => Create(c, Ranges("g", "p"), "ranges"));
        cluster.Ask(c => Create(c, _specs[6], "spread"));
        cluster.Ask(c => Create(c, _specs[1], "kafka"));
        Assert.That(
            cluster.State.Topics.All.Select(t => (t.Name, t.Route.Partitions.Length, t.Route.KeyGroupCount)),
            Is.EqualTo(new[] { ("kafka", 16, 16), ("ranges", 3, 3), ("spread", 3, 3) }));
    }

    [TestCase("p,g", 0, 0, "OVERLAPPING_SPLIT_POINTS", "topic.partitioning.range_by_key.split_points[1]")]
    [TestCase("a,g,g", 0, 0, "DUPLICATE_SPLIT_POINT", "topic.partitioning.range_by_key.split_points[2]")]
    [TestCase(",g", 0, 0, "BAD_SPLIT_POINT", "topic.partitioning.range_by_key.split_points[0]")]
    [TestCase("g", 3, 0, "BAD_FIELD", "topic.partition_count")]
    [TestCase("g", 2, 4096, "BAD_FIELD", "topic.key_group_count")]
    public void Create_WithBadRanges_NamesTheFaultAndChangesNothing(
        string points, int partitions, int groups, string reason, string field) =>
        CheckRefused(Ranges(points.Split(',')), partitions, groups, reason, field);

    [TestCase("SmoothWeighted", "1,2", 3)]
    [TestCase("WeightedRandom", "0,0", 0)]
    [TestCase("EarliestDeadline", "1,-1", 0)]
    [TestCase("EarliestDeadline", "", 2)]
    [TestCase("RoundRobin", "1,2", 0)]
    public void Create_WithBadWeights_NamesTheField(string policy, string weights, int partitions)
    {
        int[] numbers = [.. weights.Split(',', StringSplitOptions.RemoveEmptyEntries).Select(int.Parse)];
        CheckRefused(
            new PartitioningSpec(
                PartitioningKind.Spread, Spread: new SpreadSpec(Enum.Parse<SpreadPolicy>(policy), numbers)),
            partitions,
            0,
            "BAD_FIELD",
            "topic.partitioning.spread.weights");
    }

    [Test]
    public void Create_Murmur2WithKeyGroups_IsRefused() =>
        CheckRefused(_specs[1], 8, 4096, "BAD_FIELD", "topic.key_group_count");

    [Test]
    public void ChoosePartition_RoundRobin_TakesTurnsPerTopic()
    {
        TestCluster cluster = Started();
        var spec = new PartitioningSpec(PartitioningKind.Spread, Spread: new SpreadSpec(SpreadPolicy.RoundRobin));
        cluster.Ask(c => Create(c, spec, "a", 3));
        cluster.Ask(c => Create(c, spec, "b", 2));
        int[] chosen = [.. new uint[] { 1, 1, 2, 1, 2, 1 }
            .Select(t => cluster.Machine.ChoosePartition(new TopicId(t), 1, cluster.Now))];
        Assert.That(chosen, Is.EqualTo(new[] { 0, 1, 0, 2, 1, 0 }));
    }

    [Test]
    public void ChoosePartition_LeastLoaded_ForgetsOldLoad()
    {
        var loads = new PartitionLoads(2);
        loads.Forget(TimeSpan.FromSeconds(5));
        loads.Add(0, 1_000);
        loads.Forget(TimeSpan.FromSeconds(15));
        Assert.That(loads.Events[0], Is.EqualTo(500));
        loads.Forget(TimeSpan.FromDays(5));
        Assert.That(loads.Events[0], Is.Zero);
    }

    private static void CheckRefused(
        PartitioningSpec spec, int partitions, int groups, string reason, string field)
    {
        TestCluster cluster = Started();
        string before = Picture(cluster.State);
        var refusal = (Refusal)cluster.Ask(c => Create(c, spec, "t", partitions, groups));
        Assert.That((refusal.Reason, refusal.Metadata["field"]), Is.EqualTo((reason, field)));
        Assert.That(Picture(cluster.State), Is.EqualTo(before));
    }

    private static CreateTopic Create(
        long call, PartitioningSpec spec, string name = "t", int partitions = 0, int groups = 0) =>
        new(call, name, partitions, groups, 0, null, false, spec);

    private static PartitioningSpec Ranges(params string[] points) =>
        new(PartitioningKind.RangeByKey, SplitPoints: [.. points.Select(Encoding.UTF8.GetBytes)]);
}
