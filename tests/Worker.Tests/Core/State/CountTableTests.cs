using System.Text;
using FsCheck;
using FsCheck.Fluent;
using Millrace.Common.Keys;
using Millrace.Worker.Core.State;

namespace Millrace.Worker.Tests.Core.State;

public sealed class CountTableTests
{
    [Test]
    public void Add_OfAnyKeys_CountsLikeADictionary() =>
        Prop.ForAll<byte[][]>(keys =>
        {
            var table = new CountTable();
            var expected = new Dictionary<string, ulong>();
            foreach (byte[] key in keys)
            {
                Add(table, key);
                string name = Convert.ToHexString(key);
                expected[name] = expected.GetValueOrDefault(name) + 1;
            }

            return table.Count == expected.Count
                && expected.All(pair => Get(table, Convert.FromHexString(pair.Key)) == pair.Value);
        }).QuickCheckThrowOnFailure();

    [Test]
    public void Add_OfManyKeysManyTimes_KeepsEveryCountWhileGrowing()
    {
        var table = new CountTable();
        const int Keys = 20_000;
        for (int round = 0; round < 3; round++)
        {
            for (int i = round; i < Keys; i++)
            {
                Add(table, Key(i));
            }
        }

        Assert.That(table.Count, Is.EqualTo(Keys));
        Assert.That(
            Enumerable.Range(0, Keys).All(i => Get(table, Key(i)) == (ulong)Math.Min(i + 1, 3)),
            Is.True);
    }

    [Test]
    public void Add_OfDifferentKeysWithOneHash_KeepsThemApart()
    {
        var table = new CountTable();
        for (int i = 0; i < 100; i++)
        {
            table.Add(42, Key(i), (ulong)i + 1);
        }

        Assert.That(table.Count, Is.EqualTo(100));
        Assert.That(table.Top(100).Select(entry => entry.Count), Is.EqualTo(Enumerable.Range(1, 100).Reverse()));
    }

    [Test]
    public void Add_OfTheLongestKey_KeepsIt()
    {
        var table = new CountTable();
        byte[] key = new byte[KeyArena.MaxKeyBytes];
        Add(table, key);
        Add(table, [1]);
        Add(table, key);
        Assert.That((Get(table, key), Get(table, [1]), table.Count), Is.EqualTo((2ul, 1ul, 2)));
        Assert.That(() => Add(table, new byte[KeyArena.MaxKeyBytes + 1]), Throws.ArgumentException);
    }

    [Test]
    public void Get_OfAKeyThatIsNotThere_IsZero() => Assert.That(Get(new CountTable(), "nobody"u8), Is.Zero);

    [Test]
    public void Scan_WithPrefixAndAfter_EqualsSortingTheDictionary() =>
        Prop.ForAll<string[], string, PositiveInt>((words, after, limit) =>
        {
            var table = new CountTable();
            foreach (string word in words.Where(word => word is not null))
            {
                Add(table, Encoding.UTF8.GetBytes("p" + word));
                Add(table, Encoding.UTF8.GetBytes("q" + word));
            }

            byte[] afterKey = Encoding.UTF8.GetBytes("p" + after);
            IEnumerable<string> expected = words.Where(word => word is not null)
                .Select(word => Convert.ToHexString(Encoding.UTF8.GetBytes("p" + word)))
                .Distinct()
                .Where(key => string.CompareOrdinal(key, Convert.ToHexString(afterKey)) > 0)
                .Order(StringComparer.Ordinal)
                .Take(limit.Get);
            return table.Scan("p"u8, afterKey, limit.Get)
                .Select(entry => Convert.ToHexString(entry.Key))
                .SequenceEqual(expected);
        }).QuickCheckThrowOnFailure();

    [Test]
    public void Top_OfEqualCounts_OrdersThemByKey()
    {
        var table = new CountTable();
        foreach (string key in new[] { "c", "b", "a", "z", "z", "y", "y" })
        {
            Add(table, Encoding.UTF8.GetBytes(key));
        }

        Assert.That(
            table.Top(4).Select(entry => $"{Encoding.UTF8.GetString(entry.Key)}={entry.Count}"),
            Is.EqualTo(new[] { "y=2", "z=2", "a=1", "b=1" }));
    }

    [Test]
    public void Top_OfNone_IsEmpty()
    {
        var table = new CountTable();
        Add(table, [1]);
        Assert.That(table.Top(0), Is.Empty);
    }

    private static void Add(CountTable table, byte[] key) => table.Add(XxHash64.Hash(key), key);

    private static byte[] Key(int i) => Encoding.UTF8.GetBytes($"key-{i}");

    private static ulong Get(CountTable table, ReadOnlySpan<byte> key) =>
        table.TryGet(key, out ulong count) ? count : 0;
}
