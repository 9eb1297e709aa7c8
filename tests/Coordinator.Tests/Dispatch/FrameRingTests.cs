using Millrace.Common.Model;
using Millrace.Coordinator.Dispatch;
using Millrace.Coordinator.Journal;

namespace Millrace.Coordinator.Tests.Dispatch;

[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
public sealed class FrameRingTests
{
    private static readonly PartitionId _partition = new(1);
    private readonly StoredFrames _journal = new();

    [Test]
    public void Look_IntoAnEmptyRing_IsBehind()
    {
        using var ring = new FrameRing(1 << 20);
        Assert.That(ring.Look(0, out _, out _), Is.EqualTo(RingLook.Behind));
    }

    [Test]
    public void Look_AtOrBelowAFrame_FindsItAndAboveTheLastIsTheHead()
    {
        using var ring = new FrameRing(1 << 20);
        ring.Add(Store());
        SealedFrame second = Store(gap: 8192);
        ring.Add(second);
        Assert.That(ring.Look(4096, out SealedFrame? found, out ulong end), Is.EqualTo(RingLook.Found));
        Assert.That((found, end), Is.EqualTo((second, second.End)));
        Assert.That(ring.Look(second.End, out _, out end), Is.EqualTo(RingLook.AtHead));
        Assert.That(end, Is.EqualTo(second.End));
    }

    [Test]
    public void Add_OfFramesWithoutEvents_MovesTheHeadOnly()
    {
        using var ring = new FrameRing(1 << 20);
        SealedFrame empty = _journal.Append();
        ring.Add(empty);
        Assert.That(ring.Look(0, out _, out ulong end), Is.EqualTo(RingLook.AtHead));
        Assert.That(end, Is.EqualTo(empty.End));
    }

    [Test]
    public void Add_BeyondTheCapacity_DropsTheOldest()
    {
        using var ring = new FrameRing(3 * 4096);
        for (int i = 0; i < 200; i++)
        {
            ring.Add(Store());
        }

        Assert.That(ring.Start, Is.EqualTo(_journal.Frames[^3].Position));
        Assert.That(ring.Look(ring.Start - 1, out _, out _), Is.EqualTo(RingLook.Behind));
        for (int i = 0; i < 3; i++)
        {
            ring.Look(ring.Start + (ulong)(i * 4096), out SealedFrame? frame, out _);
            Assert.That(frame, Is.SameAs(_journal.Frames[^(3 - i)]));
        }
    }

    [Test]
    public void Add_OfManySmallFrames_GrowsAndKeepsTheirOrder()
    {
        using var ring = new FrameRing(long.MaxValue);
        for (int i = 0; i < 300; i++)
        {
            ring.Add(Store());
        }

        foreach (SealedFrame expected in _journal.Frames)
        {
            ring.Look(expected.Position, out SealedFrame? frame, out _);
            Assert.That(frame, Is.SameAs(expected));
        }
    }

    private SealedFrame Store(ulong gap = 0) => _journal.Append(gap, (_partition, [StoredFrames.Entry("k", 10)]));
}
