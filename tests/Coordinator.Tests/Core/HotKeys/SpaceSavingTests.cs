using System.Text;
using FsCheck;
using FsCheck.Fluent;
using Millrace.Common.Keys;
using Millrace.Coordinator.Core.HotKeys;

namespace Millrace.Coordinator.Tests.Core.HotKeys;

public sealed class SpaceSavingTests
{
    private const int Counters = 8;

    /// <summary>The promises of the sketch, against exact counts: never too small, too large by the error at most, the
    /// error at most N / m, and every key above N / m is there.</summary>
    [Test]
    public void Top_AnyStream_KeepsItsPromisesAgainstExactCounts() =>
        Prop.ForAll(Gen.ArrayOf(Skewed).ToArbitrary(), stream =>
        {
            SpaceSaving sketch = Sketch(stream);
            Dictionary<int, ulong> exact = stream.GroupBy(k => k).ToDictionary(g => g.Key, g => (ulong)g.Count());
            IReadOnlyList<HeavyKey> top = sketch.Top(Counters);
            ulong bound = sketch.Total / Counters;
            return sketch.Total == (ulong)stream.Length
                && top.Sum(k => (long)k.Count) == stream.Length
                && top.All(k => exact.TryGetValue(Number(k.Key), out ulong count)
                    && k.Count >= count && k.Count - k.Error <= count && k.Error <= bound)
                && exact.Where(e => e.Value > bound).All(e => top.Any(k => Number(k.Key) == e.Key))
                && top.Zip(top.Skip(1)).All(p => p.First.Count >= p.Second.Count);
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(300));

    [Test]
    public void Top_OfFewKeys_IsExact()
    {
        IReadOnlyList<HeavyKey> top = Sketch([1, 2, 1, 3, 1, 2]).Top(2);
        Assert.That(
            top.Select(k => (Number(k.Key), k.Count, k.Error)), Is.EqualTo(new[] { (1, 3UL, 0UL), (2, 2UL, 0UL) }));
    }

    [Test]
    public void Halve_ThenMore_LetsOldKeysFadeAndStaysAHeap()
    {
        SpaceSaving sketch = Sketch([.. Enumerable.Repeat(1, 100), .. Enumerable.Range(2, 6)]);
        for (int i = 0; i < 6; i++)
        {
            sketch.Halve();
        }

        for (int i = 0; i < 5; i++)
        {
            Add(sketch, 99);
        }

        Assert.That(sketch.Top(2).Select(k => (Number(k.Key), k.Count)), Is.EqualTo(new[] { (99, 5UL), (1, 1UL) }));
    }

    [TestCase(0.01, 16, 4, 0.25, "None")]
    [TestCase(0.2, 16, 4, 0.25, "IsolatePartition")]
    [TestCase(0.3, 16, 4, 0.4, "IsolatePartition")]
    [TestCase(0.3, 16, 4, 0.25, "SpreadKey")]
    [TestCase(0.9, 16, 1, 1, "None")]
    [TestCase(1, 1, 4, 0.25, "None")]
    public void For_AShareAndAClusters_SaysWhatHelps(
        double share, int partitions, int workers, double largest, string expected) =>
        Assert.That($"{HotKeyAdvice.For(share, partitions, workers, largest)}", Is.EqualTo(expected));

    private static Gen<int> Skewed => Gen.Frequency(
        (4, Gen.Choose(1, 3)), (3, Gen.Choose(4, 20)), (2, Gen.Choose(21, 500)));

    private static SpaceSaving Sketch(int[] stream)
    {
        var sketch = new SpaceSaving(Counters);
        Array.ForEach(stream, key => Add(sketch, key));
        return sketch;
    }

    private static void Add(SpaceSaving sketch, int key)
    {
        byte[] bytes = Encoding.ASCII.GetBytes($"{key}");
        sketch.Add(bytes, XxHash64.Hash(bytes));
    }

    private static int Number(byte[] key) => int.Parse(Encoding.ASCII.GetString(key));
}
