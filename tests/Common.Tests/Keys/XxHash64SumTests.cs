using FsCheck;
using FsCheck.Fluent;
using Millrace.Common.Keys;

namespace Millrace.Common.Tests.Keys;

public sealed class XxHash64SumTests
{
    [Test]
    public void Value_OfContentInAnyPieces_IsTheHashOfTheWhole() =>
        Prop.ForAll<byte[][], ulong>((pieces, seed) =>
        {
            var sum = new XxHash64Sum(seed);
            foreach (byte[] piece in pieces)
            {
                sum.Append(piece);
            }

            byte[] whole = [.. pieces.SelectMany(piece => piece)];
            return sum.Value == XxHash64.Hash(whole, seed) && sum.Length == whole.Length;
        }).QuickCheckThrowOnFailure();

    [TestCase(1)]
    [TestCase(31)]
    [TestCase(32)]
    [TestCase(33)]
    [TestCase(1000)]
    public void Value_OfLongContentInEqualPieces_IsTheHashOfTheWhole(int piece)
    {
        byte[] whole = [.. Enumerable.Range(0, 4_999).Select(i => (byte)(i * 31))];
        var sum = new XxHash64Sum();
        foreach (byte[] part in whole.Chunk(piece))
        {
            sum.Append(part);
        }

        Assert.That(sum.Value, Is.EqualTo(XxHash64.Hash(whole)));
    }

    [Test]
    public void Value_OfNothing_IsTheHashOfNothing() =>
        Assert.That(new XxHash64Sum().Value, Is.EqualTo(XxHash64.Hash([])));
}
