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

    [TestCase(1, 3ul, 1u, TestName = "Take_WithALimitBelowTheFirst_TakesItAllTheSame")]
    [TestCase(100, 3ul, 1u, TestName = "Take_WithALimitBelowTheSecond_TakesOne")]
    [TestCase(10_000, 2ul, 2u, TestName = "Take_WithALimitOfCount_TakesSoMany")]
    [TestCase(10_000, 9ul, 3u, TestName = "Take_WithoutALimitThatMatters_TakesAll")]
    public void Take(int maxBytes, ulong maxCount, uint expected)
    {
        int bytes = EntryRun.Take(_run, maxBytes, maxCount, out uint count);
        Assert.That(count, Is.EqualTo(expected));
        Assert.That(bytes, Is.EqualTo(EntryRun.Skip(_run, count)));
    }

    [Test]
    public void Skip_InBytesThatAreNoEntries_Throws() =>
        Assert.That(() => EntryRun.Skip([1, 2, 3], 1), Throws.InstanceOf<InvalidDataException>());
}
