using Millrace.Coordinator.Core;
using Millrace.Coordinator.Core.Recovery;
using Millrace.Coordinator.Storage;
using Millrace.Coordinator.Tests.Core;

namespace Millrace.Coordinator.Tests.Storage;

public sealed class ControlSnapshotCodecTests
{
    private static byte[] Encoded()
    {
        TestCluster cluster = TestCluster.Started();
        cluster.Hello("w1");
        cluster.Deploy(2);
        cluster.Publish("p", cluster.OpenProducer("p"), 1, 10);
        ulong end = cluster.Seal();
        cluster.Commit(1, cluster.PointAt(1, end));
        cluster.Seal();
        return ControlSnapshotCodec.Encode(cluster.State.ToSnapshot(cluster.State.Position));
    }

    [Test]
    public void Decode_WhatWasEncoded_GivesTheSameBytesAgain()
    {
        byte[] bytes = Encoded();
        ControlSnapshot snapshot = ControlSnapshotCodec.Decode(bytes);
        Assert.That(ControlSnapshotCodec.Encode(snapshot), Is.EqualTo(bytes));
        Assert.That(CoordinatorState.FromSnapshot(snapshot).Assignments.Count, Is.EqualTo(2));
    }

    [Test]
    public void Decode_AnyByteChanged_IsRefused([Values(0, 7, 8, 11, 12, 200)] int at)
    {
        byte[] bytes = Encoded();
        bytes[at] ^= 0x10;
        Assert.That(() => ControlSnapshotCodec.Decode(bytes), Throws.TypeOf<InvalidDataException>());
    }

    [Test]
    public void Decode_CutAnywhere_IsRefused([Values(0, 5, 12, 13, 500)] int length)
    {
        byte[] bytes = Encoded();
        Assert.That(() => ControlSnapshotCodec.Decode(bytes.AsSpan(0, length)), Throws.TypeOf<InvalidDataException>());
    }
}
