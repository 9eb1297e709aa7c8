using Millrace.Coordinator.Dispatch;

namespace Millrace.Coordinator.Tests.Dispatch;

public sealed class EntryRunTests
{
    private static readonly byte[] _small = StoredFrames.Entry("a", 10);
    private static readonly byte[] _large = StoredFrames.Entry("b", 500);
    private static readonly byte[] _run = [.. _small, .. _large, .. _small];

    [Test]
    public void Skip_OverEntries_GivesTheirBytes() =>
        Assert.That(EntryRun.Skip(_run, 2), Is.EqualTo(_small.Length + _large.Length));

    [TestCase(1, 3ul, 1u, "a limit below the first")]
    [TestCase(100, 3ul, 1u, "a limit below the second")]
    [TestCase(10_000, 2ul, 2u, "a limit of count")]
    [TestCase(10_000, 9ul, 3u, "no limit that matters")]
    public void Take_WithinLimits_TakesAsManyAsFitAndOneAtLeast(
        int maxBytes, ulong maxCount, uint expected, string what)
    {
        int bytes = EntryRun.Take(_run, maxBytes, maxCount, out uint count);
        Assert.That(count, Is.EqualTo(expected), what);
        Assert.That(bytes, Is.EqualTo(EntryRun.Skip(_run, count)));
    }

    [Test]
    public void Skip_InBytesThatAreNoEntries_Throws() =>
        Assert.That(() => EntryRun.Skip([1, 2, 3], 1), Throws.InstanceOf<InvalidDataException>());
}
