using Millrace.Common.Model;
using Millrace.Protocol.Worker.V1;
using Millrace.Worker.Stream;

namespace Millrace.Worker.Tests.Stream;

public sealed class CreditLedgerTests
{
    private readonly CreditLedger _ledger = new();

    [Test]
    public void Take_AfterSeveralReturns_TellsTheSumOfEachTaskOnce()
    {
        _ledger.Add(new TaskId(1), new Epoch(5), 100);
        _ledger.Add(new TaskId(2), new Epoch(6), 7);
        Assert.That(_ledger.Add(new TaskId(1), new Epoch(5), 20), Is.EqualTo(127));
        Credit credit = _ledger.Take()!;
        Assert.That(
            credit.Tasks.Select(task => (task.TaskId, task.Epoch, task.Bytes)),
            Is.EquivalentTo(new[] { (1ul, 5ul, 120u), (2ul, 6ul, 7u) }));
        Assert.That(_ledger.Take(), Is.Null);
    }

    [Test]
    public void Add_UnderANewEpoch_ForgetsWhatTheOldOneReturned()
    {
        _ledger.Add(new TaskId(1), new Epoch(5), 100);
        _ledger.Add(new TaskId(1), new Epoch(6), 3);
        Assert.That(_ledger.Take()!.Tasks.Single().Bytes, Is.EqualTo(3));
    }

    [Test]
    public void Forget_OfATask_TellsNothingOfIt()
    {
        _ledger.Add(new TaskId(1), new Epoch(5), 100);
        _ledger.Forget(new TaskId(1));
        Assert.That(_ledger.Take(), Is.Null);
    }
}
