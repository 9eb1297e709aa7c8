using System.Text;
using FsCheck;
using FsCheck.Fluent;
using Millrace.Common.Keys;
using Millrace.Common.Model;
using Millrace.Worker.Core.Operators;
using Millrace.Worker.Core.State;

namespace Millrace.Worker.Tests.Core.State;

public sealed class SnapshotCodecTests
{
    private const int Groups = 64;
    private static readonly OperatorContext _context = new(new KeyGroupRange(0, Groups), Groups);

    private static readonly SnapshotHeader _header = new("count", _context.KeyGroups, Groups, 4096, 17, 99)
    {
        Outputs = [new OutputMark("alerts", 3), new OutputMark("totals", ulong.MaxValue)],
    };

    [Test]
    public void Open_OfWhatWasEncoded_GivesTheSameStateAndHeader() =>
        Prop.ForAll<byte[][]>(keys =>
        {
            CountTable table = TableOf(keys);
            using SnapshotBytes bytes = Encode(table);
            SnapshotContent content = SnapshotCodec.Open(bytes);
            var restored = new CountOperator(_context);
            restored.Restore(content);
            Answer answer = restored.Ask(new ScanKeys(default, default, int.MaxValue));
            return Render(answer.Entries) == Render(table.Scan(default, default, int.MaxValue))
                && content.Header with { Outputs = [] } == _header with { Outputs = [] }
                && content.Header.Outputs.SequenceEqual(_header.Outputs);
        }).QuickCheckThrowOnFailure();

    [Test]
    public void Encode_OfTheSameStateReachedInAnotherOrder_GivesTheSameBytes() =>
        Prop.ForAll<byte[][]>(keys =>
        {
            using SnapshotBytes one = Encode(TableOf(keys));
            using SnapshotBytes other = Encode(TableOf([.. keys.Reverse()]));
            return Bytes(one).AsSpan().SequenceEqual(Bytes(other));
        }).QuickCheckThrowOnFailure();

    [Test]
    public void Encode_OfDifferentKeysWithOneHash_OrdersThemByKey()
    {
        var one = new CountTable();
        var other = new CountTable();
        for (int i = 0; i < 20; i++)
        {
            one.Add(7, [(byte)i]);
            other.Add(7, [(byte)(19 - i)]);
        }

        using SnapshotBytes first = Encode(one);
        using SnapshotBytes second = Encode(other);
        Assert.That(Bytes(second), Is.EqualTo(Bytes(first)));
    }

    [Test]
    public void Encode_OfManyKeys_SplitsThemByKeyGroupInOrder()
    {
        byte[][] keys = [.. Enumerable.Range(0, 50_000).Select(i => Encoding.UTF8.GetBytes($"some key {i}"))];
        CountTable table = TableOf(keys);
        using SnapshotBytes bytes = Encode(table);
        SnapshotContent content = SnapshotCodec.Open(bytes);

        Assert.Multiple(() =>
        {
            Assert.That(bytes.ChunkCount, Is.GreaterThan(2));
            Assert.That(content.Sections.Select(section => section.Group), Is.EqualTo(Enumerable.Range(0, Groups)));
            Assert.That(content.Sections.Sum(section => section.Entries), Is.EqualTo(50_000));
        });
        foreach (SnapshotSection section in content.Sections)
        {
            SnapshotReader reader = content.At(section);
            for (int i = 0; i < section.Entries; i++)
            {
                Assert.That(reader.ReadVarint(), Is.EqualTo(1));
                Assert.That(KeyGroups.Of(XxHash64.Hash(reader.ReadBytes()), Groups), Is.EqualTo(section.Group));
            }
        }
    }

    [TestCase(KeyFunction.Md5)]
    [TestCase(KeyFunction.Sha1)]
    [TestCase(KeyFunction.Murmur2)]
    [TestCase(KeyFunction.Modulo)]
    [TestCase(KeyFunction.Partition)]
    public void Restore_OfATopicWithAnotherFunction_CutsByItAndGivesTheSameState(KeyFunction function)
    {
        KeyGroupRange range = function == KeyFunction.Partition ? new(3, 4) : new(0, Groups);
        var context = new OperatorContext(range, Groups, function);
        var table = new CountTable();
        for (int i = 0; i < 1_000; i++)
        {
            byte[] key = Encoding.ASCII.GetBytes($"key-{i}");
            table.Add(XxHash64.Hash(key), key, (ulong)i + 1);
        }

        using FrozenCounts frozen = table.Freeze(context);
        var header = new SnapshotHeader("count", range, Groups, 4_096, 1_000, 7);
        using SnapshotBytes bytes = SnapshotCodec.Encode(header, frozen);
        var restored = new CountOperator(context);
        restored.Restore(SnapshotCodec.Open(bytes));
        using SnapshotBytes again = SnapshotCodec.Encode(header, restored.Freeze());
        Assert.That(Bytes(again), Is.EqualTo(Bytes(bytes)));
        Assert.That(restored.Ask(new TopKeys(2)).Entries.Select(e => e.Count), Is.EqualTo(new ulong[] { 1_000, 999 }));
    }

    [Test]
    public void Open_WithAnyBitFlipped_FindsTheDamage()
    {
        using SnapshotBytes good = Encode(TableOf([[1], [2, 3], [1]]));
        byte[] bytes = Bytes(good);
        for (int bit = 0; bit < bytes.Length * 8; bit++)
        {
            bytes[bit / 8] ^= (byte)(1 << (bit % 8));
            Assert.That(() => Open(bytes), Throws.TypeOf<SnapshotDamagedException>(), $"bit {bit}");
            bytes[bit / 8] ^= (byte)(1 << (bit % 8));
        }
    }

    [Test]
    public void Open_CutShortAnywhere_FindsTheDamage()
    {
        using SnapshotBytes good = Encode(TableOf([[1], [2, 3]]));
        byte[] bytes = Bytes(good);
        for (int length = 0; length < bytes.Length; length++)
        {
            Assert.That(() => Open(bytes[..length]), Throws.TypeOf<SnapshotDamagedException>(), $"length {length}");
        }
    }

    [Test]
    public void Restore_OfAKeyInAForeignGroup_FindsTheDamage()
    {
        using SnapshotBytes bytes = Encode(TableOf([[1], [2], [3], [4], [5]]));
        var narrower = new CountOperator(new OperatorContext(new KeyGroupRange(0, 7), 7));
        Assert.That(() => narrower.Restore(SnapshotCodec.Open(bytes)), Throws.TypeOf<SnapshotDamagedException>());
    }

    [Test]
    public void Freeze_ThenMoreEvents_KeepsTheFrozenStateAsItWas()
    {
        CountTable table = TableOf([[1], [2], [2]]);
        using FrozenCounts frozen = table.Freeze(_context);
        using SnapshotBytes before = Encode(TableOf([[1], [2], [2]]));
        for (int i = 0; i < 1000; i++)
        {
            table.Add(XxHash64.Hash([(byte)i]), [(byte)i]);
        }

        using SnapshotBytes after = SnapshotCodec.Encode(_header, frozen);
        Assert.That(Bytes(after), Is.EqualTo(Bytes(before)));
    }

    private static void Open(byte[] bytes)
    {
        using var content = new SnapshotBytes();
        content.Append(bytes);
        SnapshotCodec.Open(content);
    }

    private static SnapshotBytes Encode(CountTable table)
    {
        using FrozenCounts frozen = table.Freeze(_context);
        return SnapshotCodec.Encode(_header, frozen);
    }

    private static CountTable TableOf(byte[][] keys)
    {
        var table = new CountTable();
        foreach (byte[] key in keys)
        {
            table.Add(XxHash64.Hash(key), key);
        }

        return table;
    }

    private static byte[] Bytes(SnapshotBytes content) =>
        [.. Enumerable.Range(0, content.ChunkCount).SelectMany(i => content.Chunk(i).ToArray())];

    private static string Render(IEnumerable<KeyCount> entries) =>
        string.Join(",", entries.Select(entry => $"{Convert.ToHexString(entry.Key)}={entry.Count}"));
}
