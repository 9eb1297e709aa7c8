using Millrace.Common.Failpoints;

namespace Millrace.Common.Tests.Failpoints;

[TestFixture]
[NonParallelizable]
internal sealed class FailpointTests
{
    [TearDown]
    public void Disarm() => Failpoint.Arm("");

    [Test]
    public void Hit_ArmedToThrow_ThrowsAtThatNameOnly()
    {
        Failpoint.Arm("I3:throw");

        Assert.That(() => Failpoint.Hit("I4"), Throws.Nothing);
        Assert.That(() => Failpoint.Hit("I3"), Throws.TypeOf<FailpointException>());
    }
}
