using FsCheck;
using FsCheck.Fluent;
using Google.Protobuf;
using Millrace.Coordinator.Rpc.Queries;
using Millrace.Protocol.Worker.V1;

namespace Millrace.Coordinator.Tests.Rpc.Queries;

public sealed class MergeTests
{
    private static readonly Gen<KeyCount[]> Entries =
        from keys in Gen.ArrayOf(Gen.ArrayOf(Gen.Choose(0, 255).Select(n => (byte)n), 2))
        from counts in Gen.ArrayOf(Gen.Choose(1, 5), keys.Length)
        select keys.Zip(counts, (key, count) => new KeyCount { Key = ByteString.CopyFrom(key), Count = (ulong)count })
            .DistinctBy(entry => entry.Key)
            .ToArray();

    [Test]
    public void FirstKeys_AnyStateOverAnyTasks_AgreesWithSortingEverything() =>
        Prop.ForAll(Cases().ToArbitrary(), c =>
        {
            KeyCount[][] parts =
            [
                .. c.Tasks.Select(t => t.OrderBy(HexOf, StringComparer.Ordinal).Take(c.Size).ToArray()),
            ];
            List<KeyCount> merged = Merge.FirstKeys(parts, c.Size, out bool more);
            KeyCount[] naive = [.. c.All.OrderBy(HexOf, StringComparer.Ordinal)];
            return merged.SequenceEqual(naive.Take(c.Size)) && (more || naive.Length <= c.Size);
        }).QuickCheckThrowOnFailure();

    [Test]
    public void FirstKeys_FewerThanAskedFor_KnowsThatThereIsNoMore()
    {
        KeyCount one = new() { Key = ByteString.CopyFromUtf8("a"), Count = 1 };

        Merge.FirstKeys([[one], []], 2, out bool more);

        Assert.That(more, Is.False);
    }

    [Test]
    public void Largest_AnyStateOverAnyTasks_AgreesWithSortingEverything() =>
        Prop.ForAll(Cases().ToArbitrary(), c =>
        {
            KeyCount[][] parts = [.. c.Tasks.Select(t => Ranked(t).Take(c.Size).ToArray())];
            return Merge.Largest(parts, c.Size).SequenceEqual(Ranked(c.All).Take(c.Size));
        }).QuickCheckThrowOnFailure();

    private static IEnumerable<KeyCount> Ranked(IEnumerable<KeyCount> entries) =>
        entries.OrderBy(HexOf, StringComparer.Ordinal).OrderByDescending(entry => entry.Count);

    private static string HexOf(KeyCount entry) => Convert.ToHexString(entry.Key.Span);

    private static Gen<(KeyCount[] All, KeyCount[][] Tasks, int Size)> Cases() =>
        from all in Entries
        from tasks in Gen.Choose(1, 5)
        from size in Gen.Choose(1, 8)
        select (
            all,
            Enumerable.Range(0, tasks).Select(i => all.Where(e => e.Key.Span[0] % tasks == i).ToArray()).ToArray(),
            size);
}
