using System.Text;
using Millrace.Common.Keys;
using Millrace.Common.Model;
using Millrace.Coordinator.Core;
using Millrace.Coordinator.Core.Topics.Partitioning;
using static Millrace.Coordinator.Tests.Core.TestCluster;

namespace Millrace.Coordinator.Tests.Core.Topics.Cutting;

/// <summary>Splits and merges where keys have no groups: ranges of keys, and directories.</summary>
public sealed class KeyCutTests
{
    private static readonly MapChange _any = new(null, null, false);

    private TestCluster _cluster = null!;
    private ulong _commit;

    [SetUp]
    public void SetUp()
    {
        _cluster = Started();
        Make("ranges", new PartitioningSpec(PartitioningKind.RangeByKey, SplitPoints: [B("g"), B("p")]));
        Make("keys", new PartitioningSpec(
            PartitioningKind.Key,
            Directory: new DirectorySpec(1_000, [new(B("eu"), 0), new(B("us"), 0), new(B("asia"), 1)])));
        _cluster.Seal();
    }

    [TestCase("ranges", "1", "k", "", "BAD_FIELD", "at_key_group")]
    [TestCase("ranges", "", "k", "x", "BAD_FIELD", "keys")]
    [TestCase("ranges", "", "", "", "BAD_SPLIT_POINT", "at_key")]
    [TestCase("ranges", "", "g", "", "DUPLICATE_SPLIT_POINT", "at_key")]
    [TestCase("ranges", "", "p", "", "DUPLICATE_SPLIT_POINT", "at_key")]
    [TestCase("ranges", "", "z", "", "SPLIT_POINT_OUTSIDE", "at_key")]
    [TestCase("ranges", "", "a", "", "SPLIT_POINT_OUTSIDE", "at_key")]
    [TestCase("keys", "1", "", "", "BAD_FIELD", "at_key_group")]
    [TestCase("keys", "", "k", "", "BAD_FIELD", "at_key")]
    [TestCase("keys", "", "", "asia,nobody", "UNKNOWN_KEY", "keys")]
    [TestCase("keys", "", "", "eu", "KEY_ELSEWHERE", "keys")]
    [TestCase("keys", "", "", "asia,asia", "DUPLICATE_KEY", "keys")]
    public void Split_ByWhatCannotBe_NamesTheFaultAndChangesNothing(
        string topic, string group, string at, string keys, string reason, string field)
    {
        string before = Picture(_cluster.State);
        var refusal = (Refusal)_cluster.Ask(c => new SplitPartition(c, topic, 1, group.Length, _any)
        {
            AtKey = B(at),
            Keys = [.. keys.Split(',', StringSplitOptions.RemoveEmptyEntries).Select(B)],
        });
        Assert.That((refusal.Reason, refusal.Metadata["field"]), Is.EqualTo((reason, field)));
        Assert.That(Picture(_cluster.State), Is.EqualTo(before));
    }

    [TestCase(1_025, 4)]
    [TestCase(40, 1_000)]
    public void Split_ByMoreKeysThanARecordHolds_IsRefused(int keys, int bytes)
    {
        byte[][] named = [.. Enumerable.Range(0, keys).Select(i => B($"{i}".PadLeft(bytes, '0')))];
        Refused(Split("keys", 0, keys: named), "BAD_FIELD");
    }

    [Test]
    public void Split_OfADirectoryPartitionWithOneKey_HasNoHalves() => Refused(Split("keys", 1), "SINGLE_KEY");

    [TestCase("ranges", 0, 2, "NOT_NEIGHBOURS")]
    [TestCase("ranges", 1, 1, "NOT_NEIGHBOURS")]
    [TestCase("keys", 1, 1, "NOT_NEIGHBOURS")]
    [TestCase("keys", 0, 9, "NO_SUCH_PARTITION")]
    public void Merge_OfWhatCannotBe_IsRefused(string topic, int one, int other, string reason) =>
        Refused(Merge(topic, one, other), reason);

    [Test]
    public void Split_OfRangesOfTime_SaysWhyNot()
    {
        Make("times", new PartitioningSpec(PartitioningKind.RangeByTime, Time: new(60_000, 0, 2, 0, 0)));
        Refused(Split("times", 2, at: B("x")), "PARTITIONS_FIXED");
    }

    [Test]
    public void SplitAndMerge_OfARange_ShowsThePointsAsTheyAreNow()
    {
        Assert.That(Opened(Split("ranges", 1, at: B("k"))), Is.EqualTo(new[] { 3, 4 }));
        _cluster.Seal();
        Assert.That(Points(), Is.EqualTo(new[] { "g", "k", "p" }));
        Assert.That(Locate("ranges", "a", "g", "j", "k", "o", "p"), Is.EqualTo(new[] { 0, 3, 3, 4, 4, 2 }));

        Refused(Merge("ranges", 3, 2), "NOT_NEIGHBOURS");
        Assert.That(Opened(Merge("ranges", 4, 2)), Is.EqualTo(new[] { 5 }));
        _cluster.Seal();
        Assert.That(Points(), Is.EqualTo(new[] { "g", "k" }));
        Assert.That(Locate("ranges", "a", "j", "k", "p"), Is.EqualTo(new[] { 0, 3, 5, 5 }));
    }

    [Test]
    public void Split_OfNamedKeys_MovesThemFromTheNextFrameOn()
    {
        Split("keys", 0, keys: [B("us")]);
        Assert.That(_cluster.PlaceKeys(2, B("us"), B("eu")), Is.EqualTo(new[] { 0, 0 }), "the frame ends first");
        _cluster.Seal();
        Assert.That(_cluster.PlaceKeys(2, B("us"), B("eu"), B("asia")), Is.EqualTo(new[] { 4, 3, 1 }));
        Assert.That(_cluster.PlaceKeys(2, B("new"))[0], Is.AnyOf(1, 2, 3, 4), "sealed ones take no new keys");
    }

    [Test]
    public void Split_InHalves_MovesAboutHalfOfTheKeys()
    {
        byte[][] keys = [.. Enumerable.Range(0, 400).Select(i => B($"k{i}"))];
        _cluster.PlaceKeys(2, keys);
        _cluster.Seal();
        int[] before = Locate("keys", keys);
        Split("keys", 2);
        _cluster.Seal();
        int[] after = Locate("keys", keys);
        int kept = after.Count(i => i == 3);
        Assert.That(kept, Is.EqualTo(before.Count(i => i == 2) / 2).Within(1));
        Assert.That(after.Count(i => i == 4), Is.EqualTo(before.Count(i => i == 2) - kept));
    }

    [Test]
    public void Split_OfAClosedDirectory_HalvesKeysThatItDoesNotKnow()
    {
        Make("small", new PartitioningSpec(PartitioningKind.Key, Directory: new DirectorySpec(2)));
        byte[][] keys = [.. Enumerable.Range(0, 3_000).Select(i => B($"k{i}"))];
        _cluster.PlaceKeys(3, keys);
        _cluster.Seal();
        int[] before = _cluster.PlaceKeys(3, keys);
        Split("small", 1);
        _cluster.Seal();
        int[] after = _cluster.Restart().PlaceKeys(3, keys);
        Assert.Multiple(() =>
        {
            Assert.That(after.Count(i => i == 3), Is.EqualTo(500).Within(100));
            Assert.That(after.Count(i => i == 4), Is.EqualTo(500).Within(100));
            Assert.That(
                before.Zip(after).All(p => p.First == 1 ? p.Second is 3 or 4 : p.Second == p.First), "others stay");
        });
    }

    [Test]
    public void Split_OfARunningJob_HandsEachChildItsShareOfTheState()
    {
        _cluster.Hello("w1");
        _cluster.Ask(c => new DeployJob(c, "count", "count", "ranges", null, false));
        ulong epoch = _cluster.OpenProducer("p");
        _cluster.Publish("p", epoch, 1, 9, "ranges");
        Split("ranges", 1, at: B("k"));
        ulong seal = _cluster.Seal();
        _cluster.Run(0.2, "w1");
        int from = _cluster.Effects.Count;
        Assert.That(_cluster.Commit(2, _cluster.PointAt(2, seal), ++_commit).Accepted);

        Assign[] given = [.. Told<Assign>(_cluster.Effects[from..], "w1")];
        string snapshot = _cluster.State.Assignments.Retired.All.Single().Snapshots[0];
        var groups = new KeyGroupRange(1, 2);
        StateOrigin[] origins = [.. given.Select(g => g.Origins.Single())];
        Assert.Multiple(() =>
        {
            Assert.That(origins.Select(o => (o.SnapshotId, o.KeyGroups)), Is.All.EqualTo((snapshot, groups)));
            Assert.That(origins.Select(o => o.Share!.FirstKey), Is.EqualTo(new[] { B("g"), B("k") }));
            Assert.That(given.Select(g => g.KeyGroups.First), Is.EqualTo(new[] { 3, 4 }));
            Assert.That(given.Select(g => g.KeyGroupCount), Is.All.EqualTo(3), "as the snapshots of before say");
        });
    }

    [Test]
    public void Snapshot_OfAProgramThatCouldNotCutRanges_IsReadAsTheyWereMade()
    {
        var snapshot = _cluster.State.ToSnapshot(_cluster.Open);
        var old = CoordinatorState.FromSnapshot(snapshot with
        {
            Topics = snapshot.Topics with
            {
                Topics = [.. snapshot.Topics.Topics.Select(t => t with
                {
                    Shapes = [.. t.Shapes!.Select(s => s with { Share = null })],
                })],
            },
            Directories = [.. snapshot.Directories!.Select(d => d with { Others = null })],
        });
        Assert.That(Picture(old), Is.EqualTo(Picture(_cluster.State)));
    }

    private static byte[] B(string text) => Encoding.ASCII.GetBytes(text);

    private static void Refused(object answer, string reason) =>
        Assert.That((answer as Refusal)?.Reason, Is.EqualTo(reason), $"{answer}");

    private static IReadOnlyList<int> Opened(object answer) => ((ReplacedPartitions)answer).Opened;

    private void Make(string topic, PartitioningSpec spec) => Assert.That(
        _cluster.Ask(c => new CreateTopic(
            c, topic, spec.Kind == PartitioningKind.Key ? 3 : 0, 0, 0, null, false, spec)),
        Is.TypeOf<CreatedTopic>());

    private object Split(string topic, int index, byte[]? at = null, byte[][]? keys = null) =>
        _cluster.Ask(c => new SplitPartition(c, topic, index, 0, _any) { AtKey = at ?? [], Keys = keys ?? [] });

    private object Merge(string topic, int one, int other) =>
        _cluster.Ask(c => new MergePartitions(c, topic, one, other, _any));

    private int[] Locate(string topic, params byte[][] keys) =>
        [.. ((LocatedKeys)_cluster.Ask(c => new LocateKeys(c, topic, keys))).Partitions];

    private int[] Locate(string topic, params string[] keys) => Locate(topic, [.. keys.Select(B)]);

    private string[] Points() =>
    [
        .. _cluster.State.Topics.Find("ranges")!.Route.Partitioner.Spec.SplitPoints!.Select(Encoding.ASCII.GetString),
    ];
}
