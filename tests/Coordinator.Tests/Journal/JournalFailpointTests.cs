using Millrace.Common.Failpoints;

namespace Millrace.Coordinator.Tests.Journal;

[TestFixture]
[NonParallelizable]
internal sealed class JournalFailpointTests
{
    [TearDown]
    public void Disarm() => Failpoint.Arm("");

    [TestCase("I3", 1)]
    [TestCase("I4", 2)]
    public void Append_StopsAtFailpoint_IsNotReportedDurable(string step, int framesOnDisk)
    {
        MemorySegments disk = new();
        TestJournal journal = new(disk);
        ulong end = journal.Append(1).End;
        Failpoint.Arm($"{step}:throw");

        Assert.That(() => journal.Append(2), Throws.TypeOf<FailpointException>());

        Assert.That(journal.Engine.DurableEnd, Is.EqualTo(end));
        Failpoint.Arm("");
        Assert.That(new TestJournal(disk.AfterPowerCut(null), 2).Replayed, Has.Count.EqualTo(framesOnDisk));
    }
}
