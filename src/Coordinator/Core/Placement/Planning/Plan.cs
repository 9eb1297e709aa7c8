namespace Millrace.Coordinator.Core.Placement.Planning;

/// <summary>What is to be done, in order, and what is not and why.</summary>
internal sealed class Plan
{
    public required IReadOnlyList<PlannedMove> Moves { get; init; }

    /// <summary>Bounded: the most telling ones.</summary>
    public required IReadOnlyList<SkippedMove> Skipped { get; init; }

    public required PlanBound Bound { get; init; }

    /// <summary>Largest utilisation over the mean; the mean counts also what nobody has.</summary>
    public required double ImbalanceBefore { get; init; }

    public required double ImbalanceAfter { get; init; }

    /// <summary>No plan gets lower without splitting a task.</summary>
    public required double LowerBound { get; init; }

    public required long BytesMoved { get; init; }

    /// <summary>Tasks that are too heavy for any worker: only splitting them helps.</summary>
    public required IReadOnlyList<int> TooHeavy { get; init; }
}

/// <param name="From">Or <see cref="PlanInput.Nobody"/>.</param>
/// <param name="Wave">Moves of one wave may run side by side; a wave begins after the one before.</param>
internal readonly record struct PlannedMove(int Task, int From, int To, PlanReason Reason, int Wave);

internal readonly record struct SkippedMove(int Task, SkipReason Reason);

internal enum PlanReason : byte
{
    Initial = 1,
    WorkerLost = 2,
    Drain = 3,
    WorkerJoined = 4,
    Rebalance = 5,
    Pin = 6,

    /// <summary>Too heavy for the worker that it was on, even alone.</summary>
    Isolate = 7,
}

internal enum SkipReason : byte
{
    Pinned = 1,
    Cooldown = 2,
    MoveBudget = 3,
    ByteBudget = 4,

    /// <summary>Too heavy for the room that any worker has.</summary>
    NoRoom = 5,

    /// <summary>No worker that may run it takes tasks.</summary>
    NoWorker = 6,
}

/// <summary>What kept the plan from going further.</summary>
internal enum PlanBound : byte
{
    /// <summary>Nothing: it is as balanced as it should be.</summary>
    None = 0,

    MoveBudget = 1,

    ByteBudget = 2,

    /// <summary>Tasks are too heavy, pinned or resting.</summary>
    Tasks = 3,

    /// <summary>Too unbalanced, and yet below the level where balancing begins.</summary>
    Hysteresis = 4,
}
