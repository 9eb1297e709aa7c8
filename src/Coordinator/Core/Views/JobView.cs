using Millrace.Common.Model;
using Millrace.Coordinator.Core.DeadLetters;

namespace Millrace.Coordinator.Core.Views;

internal enum JobState
{
    /// <summary>At least one of its tasks has no owner.</summary>
    Pending = 1,

    Running = 2,

    /// <summary>At least one of its tasks stands still at an event that it cannot apply.</summary>
    Failed = 10,
}

/// <param name="StateReason">A stable word; empty when running.</param>
/// <param name="UncommittedEvents">Events that no commit covers yet, over all tasks.</param>
/// <param name="LagEvents">Events that no task has reported as applied yet, over all tasks.</param>
internal sealed record JobView(
    JobId Id,
    string Name,
    string Operator,
    string Stage,
    string Topic,
    JobState State,
    string StateReason,
    int AssignmentCount,
    int UnassignedCount,
    ulong UncommittedEvents,
    ulong LagEvents,
    long CreateUnixMs)
{
    /// <summary>Asked for of each task.</summary>
    public int Standbys { get; init; }

    /// <summary>Those that follow, over all tasks.</summary>
    public int StandbysFollowing { get; init; }

    public BadEventRule BadEvents { get; init; } = BadEventRule.Default;

    public DeadLetterCounts DeadLetters { get; init; } = new();

    /// <summary>Tasks that stand still.</summary>
    public int FailedCount { get; init; }
}
