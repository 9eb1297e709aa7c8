using Millrace.Chaos.Injection;

namespace Millrace.Chaos;

/// <summary>What is done in one round.</summary>
internal sealed record RoundPlan
{
    /// <summary>One after the other.</summary>
    public required IReadOnlyList<FaultKind> Faults { get; init; }

    /// <summary>No fault is begun after so many acks.</summary>
    public required long MostEvents { get; init; }

    /// <summary>Events a second, of all producers together.</summary>
    public required long Rate { get; init; }

    /// <summary>True: the time is up.</summary>
    public required Func<bool> IsOver { get; init; }

    public required TimeSpan Lease { get; init; }

    /// <summary>Of workers that are known to be paused.</summary>
    public required TimeSpan PausedLease { get; init; }

    /// <summary>A bug planted in every process; empty: none.</summary>
    public required string Mutant { get; init; }
}
