using System.Buffers;
using Millrace.Common.Wire;

namespace Millrace.Common.Tests.Wire;

public sealed class BlockPoolTests
{
    [Test]
    public void Rent_AfterAReturn_GivesTheSameMemoryAgain()
    {
        using var pool = new BlockPool();
        IMemoryOwner<byte> first = pool.Rent();
        first.Dispose();
        IMemoryOwner<byte> second = pool.Rent();
        Assert.That(second, Is.SameAs(first));
        Assert.That(second.Memory.Length, Is.EqualTo(64 * 1024));
    }

    [Test]
    public void Dispose_OfAMemoryTwice_ReturnsItOnce()
    {
        using var pool = new BlockPool();
        IMemoryOwner<byte> first = pool.Rent();
        first.Dispose();
        first.Dispose();
        IMemoryOwner<byte> second = pool.Rent();
        Assert.That(second, Is.SameAs(first));
        Assert.That(pool.Rent(), Is.Not.SameAs(second));
    }

    [Test]
    public void Rent_OfMoreThanABlock_Throws()
    {
        using var pool = new BlockPool();
        Assert.That(() => pool.Rent(BlockPool.BlockBytes + 1), Throws.InstanceOf<ArgumentOutOfRangeException>());
    }
}
