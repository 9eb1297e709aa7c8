using Millrace.Coordinator.Core.Health;
using Millrace.Coordinator.Core.Operations;

namespace Millrace.Coordinator.Core.Membership;

/// <summary>What an operator wants of a worker.</summary>
internal enum WorkerDuty
{
    /// <summary>It may get tasks.</summary>
    Open = 1,

    /// <summary>It keeps what it has and gets nothing new.</summary>
    Cordoned = 2,

    /// <summary>Its tasks are being moved away.</summary>
    Draining = 3,

    /// <summary>It has no tasks any more and may leave.</summary>
    Drained = 4,
}

/// <param name="Operation">The drain; 0: none.</param>
/// <param name="CordonedBefore">What it goes back to when its drain comes to nothing.</param>
internal sealed record WorkerOrder(
    string Worker, WorkerDuty Duty, string Note, ulong Operation, bool CordonedBefore, long UnixMs);

/// <summary>Workers that are not open, by name: durable, so that it outlives both the worker and the
/// coordinator.</summary>
internal sealed class DutyTable
{
    private readonly SortedDictionary<string, WorkerOrder> _orders = new(StringComparer.Ordinal);

    public int Count => _orders.Count;

    /// <summary>Null: it is open.</summary>
    public WorkerOrder? Find(string worker) => _orders.GetValueOrDefault(worker);

    public WorkerDuty Of(string worker) => Find(worker)?.Duty ?? WorkerDuty.Open;

    public bool IsOpen(string worker) => !_orders.ContainsKey(worker);

    /// <summary>New tasks may be placed on it: it is alive and not in quarantine, and its operators let it have
    /// some.</summary>
    public bool Takes(Member member) =>
        member.State == WorkerState.Alive && !member.Flaps.IsOn && IsOpen(member.Name);

    public void Apply(WorkerCordoned record) => _orders[record.Worker] =
        new WorkerOrder(record.Worker, WorkerDuty.Cordoned, record.Note, 0, false, record.UnixMs);

    public void Apply(WorkerUncordoned record) => _orders.Remove(record.Worker);

    public void Apply(DrainStarted record) => _orders[record.Worker] = new WorkerOrder(
        record.Worker,
        WorkerDuty.Draining,
        record.Note,
        record.Operation,
        Of(record.Worker) != WorkerDuty.Open,
        record.UnixMs);

    /// <summary>A drain of the worker is over.</summary>
    public void EndDrain(string worker, ulong operation, bool drained, long unixMs)
    {
        if (Find(worker) is not { } order || order.Operation != operation)
        {
            return;
        }

        if (!drained && !order.CordonedBefore)
        {
            _orders.Remove(worker);
            return;
        }

        _orders[worker] = order with
        {
            Duty = drained ? WorkerDuty.Drained : WorkerDuty.Cordoned,
            Operation = 0,
            UnixMs = unixMs,
        };
    }

    public IReadOnlyList<WorkerOrder> ToList() => [.. _orders.Values];

    public static DutyTable FromSnapshot(IReadOnlyList<WorkerOrder>? orders)
    {
        var table = new DutyTable();
        foreach (WorkerOrder order in orders ?? [])
        {
            table._orders.Add(order.Worker, order);
        }

        return table;
    }
}
