using Millrace.Common.Model;
using Millrace.Worker.Core.Fencing;

namespace Millrace.Worker.Tests.Core.Fencing;

public sealed class EpochFenceTests
{
    private static readonly TaskId _task = new(1);

    [Test]
    public void Admit_OfRisingEpochs_IsTrueAndOfAnOlderOneFalse()
    {
        var fence = new EpochFence();
        Assert.That(
            new ulong[] { 3, 3, 5, 4, 5 }.Select(epoch => fence.Admit(_task, new Epoch(epoch))),
            Is.EqualTo(new[] { true, true, true, false, true }));
    }

    [Test]
    public void Admit_AfterTheEpochWasClosed_IsFalseUpToIt()
    {
        var fence = new EpochFence();
        fence.Close(_task, new Epoch(7));
        fence.Close(_task, new Epoch(2));
        Assert.That((fence.Admit(_task, new Epoch(7)), fence.Admit(_task, new Epoch(8))), Is.EqualTo((false, true)));
    }

    [Test]
    public void Admit_OfAnotherTask_KnowsNothingOfTheFirst()
    {
        var fence = new EpochFence();
        fence.Close(_task, new Epoch(7));
        Assert.That(fence.Admit(new TaskId(2), new Epoch(1)), Is.True);
    }
}
