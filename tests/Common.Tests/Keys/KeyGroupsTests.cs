using FsCheck;
using FsCheck.Fluent;
using Millrace.Common.Keys;

namespace Millrace.Common.Tests.Keys;

public sealed class KeyGroupsTests
{
    [TestCase(0ul, 0)]
    [TestCase(ulong.MaxValue, 4095)]
    [TestCase(1ul << 63, 2048)]
    public void Of_AtTheEdges_StaysInRange(ulong hash, int expected) =>
        Assert.That(KeyGroups.Of(hash, 4096), Is.EqualTo(expected));

    [Test]
    public void Of_AnyHash_IsTheHighWordOfTheProduct() =>
        Prop.ForAll<ulong, PositiveInt>((hash, count) =>
            KeyGroups.Of(hash, count.Get) == (int)(((UInt128)hash * (ulong)count.Get) >> 64))
            .QuickCheckThrowOnFailure();

    [Test]
    public void Range_OverAllPartitions_CoversEveryGroupOnce() =>
        Prop.ForAll<PositiveInt, NonNegativeInt>((partitions, extra) =>
        {
            int groups = partitions.Get + extra.Get;
            int end = 0;
            for (int i = 0; i < partitions.Get; i++)
            {
                var range = KeyGroups.Range(i, partitions.Get, groups);
                if (range.First != end || range.Count < groups / partitions.Get)
                {
                    return false;
                }

                end = range.End;
            }

            return end == groups;
        }).QuickCheckThrowOnFailure();

    [Test]
    public void Range_OfAnIndexThatIsNone_Throws() =>
        Assert.That(() => KeyGroups.Range(3, 3, 10), Throws.InstanceOf<ArgumentOutOfRangeException>());
}
