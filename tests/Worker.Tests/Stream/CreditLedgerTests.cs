using Millrace.Common.Wire;
using Millrace.Protocol.Worker.V1;
using Millrace.Worker.Stream;

namespace Millrace.Worker.Tests.Stream;

public sealed class CreditLedgerTests
{
    private readonly CreditLedger _ledger = new();

    [Test]
    public void Take_AfterSeveralReturns_TellsTheSumOfEachSubscriptionOnce()
    {
        _ledger.Add(Block(1, 5, 1, 100));
        _ledger.Add(Block(2, 6, 2, 7));
        Assert.That(_ledger.Add(Block(1, 5, 1, 20)), Is.EqualTo(127));
        Assert.That(Told(), Is.EquivalentTo(new[] { (1ul, 5ul, 1ul, 120u), (2ul, 6ul, 2ul, 7u) }));
        Assert.That(_ledger.Take(), Is.Null);
    }

    [Test]
    public void Take_AfterReturnsOfAnEarlierSubscription_TellsThemApart()
    {
        _ledger.Add(Block(1, 5, 2, 3));
        _ledger.Add(Block(1, 5, 1, 100));
        _ledger.Add(Block(1, 5, 2, 4));
        _ledger.Add(Block(1, 6, 3, 1));
        Assert.That(
            Told(), Is.EquivalentTo(new[] { (1ul, 5ul, 1ul, 100u), (1ul, 5ul, 2ul, 7u), (1ul, 6ul, 3ul, 1u) }));
    }

    private static RawBlock Block(ulong task, ulong epoch, ulong subscription, int bytes) =>
        new(task, epoch, 0, 0, 1, false, subscription, new byte[bytes]);

    private IEnumerable<(ulong Task, ulong Epoch, ulong Subscription, uint Bytes)> Told() =>
        _ledger.Take()!.Tasks.Select((TaskCredit task) => (task.TaskId, task.Epoch, task.Subscription, task.Bytes));
}
