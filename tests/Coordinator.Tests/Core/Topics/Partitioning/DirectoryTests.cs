using System.Text;
using FsCheck;
using FsCheck.Fluent;
using Millrace.Common.Keys;
using Millrace.Common.Model;
using Millrace.Coordinator.Core;
using Millrace.Coordinator.Core.Topics.Partitioning;
using Millrace.Coordinator.Core.Views;
using static Millrace.Coordinator.Tests.Core.TestCluster;

namespace Millrace.Coordinator.Tests.Core.Topics.Partitioning;

public sealed class DirectoryTests
{
    [Test]
    public void Find_AnyKeysAdded_AgreesWithADictionary() =>
        Prop.ForAll<byte[][], byte[]>((keys, other) =>
        {
            var directory = new KeyDirectory(HashRanges.Even([]));
            var twin = new Dictionary<string, PartitionId>();
            foreach (byte[] key in keys)
            {
                var partition = new PartitionId((uint)(twin.Count % 5) + 1);
                directory.Add(key, partition);
                twin.TryAdd(Convert.ToHexString(key), partition);
            }

            return directory.Count == twin.Count
                && Enumerable.Range(1, 5).All(p => directory.KeysOf(new PartitionId((uint)p))
                    == twin.Count(t => t.Value.Value == p))
                && keys.Append(other).All(k => directory.Find(k, XxHash64.Hash(k))
                    == twin.GetValueOrDefault(Convert.ToHexString(k)));
        }).QuickCheckThrowOnFailure();

    [Test]
    public void Find_OfManyKeys_FindsEachAndNoOther()
    {
        var directory = new KeyDirectory(HashRanges.Even([]));
        for (int i = 0; i < 20_000; i++)
        {
            directory.Add(Key(i), new PartitionId((uint)i + 1));
        }

        Assert.That(
            Enumerable.Range(0, 20_000).All(i => directory.Find(Key(i), XxHash64.Hash(Key(i))).Value == i + 1));
        Assert.That(
            Enumerable.Range(20_000, 20_000).All(i => directory.Find(Key(i), XxHash64.Hash(Key(i))).Value == 0));
    }

    /// <summary>Every key stays where it was first put, over any batches, frames and restarts; at any time the journal
    /// and the snapshot say the same as the machine.</summary>
    [Test]
    public void Place_AnyLife_KeepsEachKeyInOnePartitionForEver() =>
        Prop.ForAll(Gen.ArrayOf(Gen.ArrayOf(Gen.Choose(0, 60))).ToArbitrary(), batches =>
        {
            TestCluster cluster = WithTopic(partitions: 4, maxKeys: 40);
            var home = new Dictionary<int, int>();
            foreach (int[] batch in batches)
            {
                int[] placed = cluster.PlaceKeys(1, [.. batch.Select(Key)]);
                for (int i = 0; i < batch.Length; i++)
                {
                    if (placed[i] < 0 || placed[i] >= 4 || home.GetValueOrDefault(batch[i], placed[i]) != placed[i])
                    {
                        return false;
                    }

                    home[batch[i]] = placed[i];
                }

                cluster.Seal();
                if (Picture(cluster.Replayed()) != Picture(cluster.State)
                    || Picture(Copy(cluster.State)) != Picture(cluster.State))
                {
                    return false;
                }

                cluster = batch.Length % 5 == 0 ? cluster.Restart() : cluster;
            }

            return cluster.State.Directories.Find(new TopicId(1))!.Count == Math.Min(home.Count, 40);
        }).QuickCheckThrowOnFailure();

    [Test]
    public void Place_NewKeys_RecordsThemOnceInTheSameFrame()
    {
        TestCluster cluster = WithTopic(partitions: 3);
        int[] first = cluster.PlaceKeys(1, Key(1), Key(2), Key(1));
        int from = cluster.Effects.Count;
        int[] again = cluster.PlaceKeys(1, Key(2), Key(1));
        cluster.Seal();
        KeysPlaced record = cluster.Frames[^1].Records.OfType<KeysPlaced>().Single();
        Assert.Multiple(() =>
        {
            Assert.That(record.Keys, Is.EqualTo(new[] { Key(1), Key(2) }));
            Assert.That(again, Is.EqualTo(new[] { first[1], first[0] }));
            Assert.That(first[2], Is.EqualTo(first[0]));
            Assert.That(cluster.Effects, Has.Count.EqualTo(from));
        });
    }

    [Test]
    public void Place_ANewKey_GoesToTheLightestPartition()
    {
        TestCluster cluster = WithTopic(partitions: 3);
        byte[][] heavy = [.. Enumerable.Repeat(Key(1), 100)];
        int hot = cluster.PlaceKeys(1, heavy)[0];
        int warm = cluster.PlaceKeys(1, [.. Enumerable.Repeat(Key(2), 10)])[0];
        int cold = cluster.PlaceKeys(1, Key(3))[0];
        Assert.That(new[] { hot, warm, cold }, Is.EquivalentTo(new[] { 0, 1, 2 }));
        Assert.That(Enumerable.Range(4, 9).Select(i => cluster.PlaceKeys(1, Key(i))[0]), Has.All.EqualTo(cold));
    }

    /// <summary>Loads are not durable, so after a restart the number of keys decides.</summary>
    [Test]
    public void Place_AfterARestart_EvensOutTheKeys()
    {
        TestCluster cluster = WithTopic(partitions: 2, declared: [new([1], 0), new([2], 0), new([3], 0)]);
        cluster.Seal();
        Assert.That(cluster.Restart().PlaceKeys(1, Key(7)), Is.EqualTo(new[] { 1 }));
    }

    [Test]
    public void Place_DeclaredKeys_GoWhereTheyWereDeclared()
    {
        TestCluster cluster = WithTopic(partitions: 4, declared: [new("eu"u8.ToArray(), 3), new("us"u8.ToArray(), 1)]);
        Assert.That(cluster.PlaceKeys(1, [.. "us"u8], [.. "eu"u8]), Is.EqualTo(new[] { 1, 3 }));
        Assert.That(Records<KeysPlaced>(cluster.Effects), Is.Empty);
    }

    [Test]
    public void Place_BeyondTheBound_ClosesTheDirectoryOnceAndGoesByHash()
    {
        TestCluster cluster = WithTopic(partitions: 4, maxKeys: 2);
        byte[][] keys = [.. Enumerable.Range(0, 6).Select(Key)];
        int[] placed = cluster.PlaceKeys(1, keys);
        int[] again = cluster.PlaceKeys(1, keys);
        cluster.Seal();
        int[] after = cluster.Restart().PlaceKeys(1, keys);
        Assert.Multiple(() =>
        {
            Assert.That(again, Is.EqualTo(placed));
            Assert.That(after, Is.EqualTo(placed));
            Assert.That(placed[2..], Is.EqualTo(keys[2..].Select(k => KeyGroups.Of(XxHash64.Hash(k), 4))));
            Assert.That(Records<KeysPlaced>(cluster.Effects).Single().Keys, Has.Count.EqualTo(2));
            Assert.That(Records<DirectoryClosed>(cluster.Effects).Count(), Is.EqualTo(1));
            Assert.That(Raised(cluster.Effects), Does.EndWith("KEY_DIRECTORY_FULL"));
            Assert.That(cluster.View.Topics.Single().Directory, Is.EqualTo(new DirectoryView(2, true)));
        });
    }

    [TestCase(-1, "", "BAD_FIELD", "topic.partitioning.key.max_keys")]
    [TestCase(262_145, "", "BAD_FIELD", "topic.partitioning.key.max_keys")]
    [TestCase(1, "a=0,b=1", "BAD_FIELD", "topic.partitioning.key.declared")]
    [TestCase(9, "a=0,=1", "BAD_KEY", "topic.partitioning.key.declared[1].key")]
    [TestCase(9, "a=0,b=2", "NO_SUCH_PARTITION", "topic.partitioning.key.declared[1].partition_index")]
    [TestCase(9, "a=0,a=1", "DUPLICATE_KEY", "topic.partitioning.key.declared[1].key")]
    public void Create_WithABadDirectory_NamesTheFault(int maxKeys, string declared, string reason, string field)
    {
        DeclaredKey[] keys =
        [
            .. declared.Split(',', StringSplitOptions.RemoveEmptyEntries).Select(d => d.Split('='))
                .Select(d => new DeclaredKey(Encoding.ASCII.GetBytes(d[0]), int.Parse(d[1]))),
        ];
        var refusal = (Refusal)Started().Ask(c => Create(c, 2, maxKeys, keys));
        Assert.That((refusal.Reason, refusal.Metadata["field"]), Is.EqualTo((reason, field)));
    }

    private static byte[] Key(int i) => Encoding.ASCII.GetBytes($"key-{i}");

    private static TestCluster WithTopic(int partitions, int maxKeys = 1_000, DeclaredKey[]? declared = null)
    {
        TestCluster cluster = Started();
        Assert.That(cluster.Ask(c => Create(c, partitions, maxKeys, declared)), Is.TypeOf<CreatedTopic>());
        return cluster;
    }

    private static CreateTopic Create(long call, int partitions, int maxKeys, DeclaredKey[]? declared) =>
        new(
            call,
            "t",
            partitions,
            0,
            0,
            null,
            false,
            new PartitioningSpec(PartitioningKind.Key, Directory: new DirectorySpec(maxKeys, declared)));
}
