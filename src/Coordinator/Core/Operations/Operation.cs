using Millrace.Common.Model;

namespace Millrace.Coordinator.Core.Operations;

internal enum OperationVerb
{
    DrainWorker = 1,
    MoveAssignment = 2,

    /// <summary>Does what a plan says.</summary>
    ApplyPlan = 3,
}

internal enum OperationState
{
    Running = 1,
    Succeeded = 2,
    Failed = 3,
    Cancelled = 4,
}

/// <summary>What has become of one move of an operation.</summary>
internal enum MoveState
{
    /// <summary>The target copies the state and follows the events; the old owner still works.</summary>
    Warming = 1,

    /// <summary>The target owns it.</summary>
    Moved = 2,

    /// <summary>The old owner keeps it.</summary>
    Failed = 3,
}

/// <param name="Assignment">The task's name then: later it may be gone, or have another one.</param>
/// <param name="Reason">Why it failed, a stable word.</param>
internal sealed record MoveItem(
    TaskId Task, string Assignment, string From, string To, MoveState State, string Reason, long UnixMs);

/// <summary>Something that takes time and goes on after a crash: every phase of it is a record. Immutable; the table
/// replaces it.</summary>
/// <param name="Target">The resource, as "workers/w-1" or "jobs/j/assignments/count-0".</param>
/// <param name="Worker">The worker to be drained, or to move to.</param>
/// <param name="Task">The task to be moved; 0: none.</param>
/// <param name="RequestId">Empty: none was given.</param>
/// <param name="StepsTotal">Moves that it needs as far as is known.</param>
internal sealed record Operation(
    ulong Number,
    OperationVerb Verb,
    string Target,
    string Worker,
    TaskId Task,
    string Note,
    string RequestId,
    int StepsTotal,
    long StartUnixMs)
{
    public const int MaxItems = 1_000;

    public int MaxMoves { get; init; }

    public bool StopWhenDrained { get; init; }

    public bool PinAfterMove { get; init; }

    public OperationState State { get; init; } = OperationState.Running;

    public int StepsDone { get; init; }

    /// <summary>Why it did not succeed, a stable word.</summary>
    public string Reason { get; init; } = "";

    public string Message { get; init; } = "";

    public long UpdateUnixMs { get; init; } = StartUnixMs;

    /// <summary>Its newest moves, oldest first.</summary>
    public IReadOnlyList<MoveItem> Items { get; init; } = [];

    public bool IsRunning => State == OperationState.Running;

    public string Name => NameOf(Number);

    public static string NameOf(ulong number) => $"op-{number}";

    public Operation With(MoveItem item)
    {
        List<MoveItem> items = [.. Items.Where(i => i.Task != item.Task || i.State == MoveState.Failed), item];
        int done = StepsDone + (item.State == MoveState.Moved ? 1 : 0);
        return this with
        {
            Items = [.. items.TakeLast(MaxItems)],
            StepsDone = done,
            StepsTotal = Math.Max(StepsTotal, done),
            UpdateUnixMs = item.UnixMs,
        };
    }
}
