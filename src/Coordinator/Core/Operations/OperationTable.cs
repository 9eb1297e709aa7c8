using Millrace.Coordinator.Core.Placement.Balancing;

namespace Millrace.Coordinator.Core.Operations;

/// <summary>The operations that run, and the newest of those that are over. Durable state.</summary>
internal sealed class OperationTable
{
    /// <summary>Finished operations that are kept to be looked at.</summary>
    public const int MaxFinished = 200;

    private readonly SortedDictionary<ulong, Operation> _operations = [];

    public ulong Last { get; private set; }

    /// <summary>Oldest first.</summary>
    public IEnumerable<Operation> All => _operations.Values;

    public IEnumerable<Operation> Running => _operations.Values.Where(o => o.IsRunning);

    public Operation? Find(ulong number) => _operations.GetValueOrDefault(number);

    public void Apply(DrainStarted record) => Add(new Operation(
        record.Operation,
        OperationVerb.DrainWorker,
        $"workers/{record.Worker}",
        record.Worker,
        default,
        record.Note,
        record.Request?.Id ?? "",
        record.Steps,
        record.UnixMs)
    {
        MaxMoves = record.MaxMoves,
        StopWhenDrained = record.StopWhenDrained,
    });

    public void Apply(MoveStarted record) => Add(new Operation(
        record.Operation,
        OperationVerb.MoveAssignment,
        record.Assignment,
        record.ToWorker,
        record.Task,
        record.Note,
        record.Request?.Id ?? "",
        1,
        record.UnixMs)
    {
        MaxMoves = 1,
        PinAfterMove = record.PinAfterMove,
    });

    public void Apply(PlanApplied record) => Add(new Operation(
        record.Operation,
        OperationVerb.ApplyPlan,
        $"plans/{StoredPlan.NameOf(record.Plan)}",
        "",
        default,
        "",
        record.Request?.Id ?? "",
        record.Steps,
        record.UnixMs)
    {
        MaxMoves = record.MaxMoves,
    });

    public void Apply(OperationEnded record)
    {
        if (Find(record.Operation) is { } operation)
        {
            _operations[record.Operation] = operation with
            {
                State = record.State,
                Reason = record.Reason,
                Message = record.Message,
                UpdateUnixMs = record.UnixMs,
            };
        }
    }

    /// <summary>One of its moves has come further. Nothing happens when the move belongs to no operation.</summary>
    public void Note(ulong operation, MoveItem item)
    {
        if (Find(operation) is { } found)
        {
            _operations[operation] = found.With(item);
        }
    }

    public OperationsDto ToSnapshot() => new(Last, [.. _operations.Values]);

    public static OperationTable FromSnapshot(OperationsDto? dto)
    {
        var table = new OperationTable { Last = dto?.Last ?? 0 };
        foreach (Operation operation in dto?.Operations ?? [])
        {
            table._operations.Add(operation.Number, operation);
        }

        return table;
    }

    private void Add(Operation operation)
    {
        _operations.Add(operation.Number, operation);
        Last = operation.Number;
        ulong[] finished = [.. _operations.Values.Where(o => !o.IsRunning).Select(o => o.Number)];
        foreach (ulong number in finished.Take(Math.Max(0, finished.Length - MaxFinished)))
        {
            _operations.Remove(number);
        }
    }
}

/// <summary>Operations as plain values.</summary>
internal sealed record OperationsDto(ulong Last, IReadOnlyList<Operation> Operations);
