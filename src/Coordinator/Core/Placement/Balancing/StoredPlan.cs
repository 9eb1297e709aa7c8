using Millrace.Common.Model;
using Millrace.Coordinator.Core.Operations;
using Millrace.Coordinator.Core.Placement.Planning;

namespace Millrace.Coordinator.Core.Placement.Balancing;

/// <param name="From">Empty: nobody.</param>
/// <param name="Epoch">The task's when the plan was made: another one means that it has changed hands since.</param>
internal sealed record StoredMove(
    TaskId Task,
    string Assignment,
    string From,
    string To,
    PlanReason Reason,
    Epoch Epoch,
    long StateBytes,
    int Wave);

internal sealed record StoredSkip(string Assignment, SkipReason Reason);

/// <summary>A plan that was made and may be applied, or was. Durable.</summary>
/// <param name="Automatic">The coordinator made it of its own accord.</param>
/// <param name="Why">In words.</param>
/// <param name="BaseRevision">Of the control state that it was made from.</param>
/// <param name="TooHeavy">Assignments that only a split would relieve.</param>
internal sealed record StoredPlan(
    ulong Number,
    string Strategy,
    bool Full,
    bool Automatic,
    string Why,
    ulong BaseRevision,
    IReadOnlyList<StoredMove> Moves,
    IReadOnlyList<StoredSkip> Skipped,
    IReadOnlyList<string> TooHeavy,
    PlanBound Bound,
    double ImbalanceBefore,
    double ImbalanceAfter,
    double LowerBound,
    long CreatedUnixMs,
    long ExpireUnixMs)
{
    /// <summary>The operation that applies it; 0: none yet.</summary>
    public ulong Operation { get; init; }

    /// <summary>What is to be said of assignments that are too heavy, a sentence each.</summary>
    public IReadOnlyList<string> Remarks { get; init; } = [];

    public string Name => NameOf(Number);

    public long StateBytes => Moves.Sum(m => m.StateBytes);

    public static string NameOf(ulong number) => $"plan-{number}";

    /// <param name="operation">The one that applies it; null: none, or it was over long ago.</param>
    public PlanState StateAt(long unixMs, Operation? operation)
    {
        if (Operation == 0)
        {
            return unixMs >= ExpireUnixMs ? PlanState.Expired : PlanState.Ready;
        }

        return operation?.State switch
        {
            OperationState.Running => PlanState.Applying,
            OperationState.Cancelled => PlanState.Cancelled,
            OperationState.Failed => PlanState.Failed,
            _ => PlanState.Applied,
        };
    }
}

internal enum PlanState
{
    Ready = 1,
    Applying = 2,
    Applied = 3,
    Cancelled = 4,
    Failed = 5,
    Expired = 6,
}
