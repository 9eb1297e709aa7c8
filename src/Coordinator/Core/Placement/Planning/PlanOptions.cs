namespace Millrace.Coordinator.Core.Placement.Planning;

/// <summary>Numbers that a plan is made by.</summary>
internal sealed record PlanOptions
{
    public static PlanOptions Default { get; } = new();

    /// <summary>Every task may be placed anew, wherever it is now.</summary>
    public bool Full { get; init; }

    /// <summary>Largest utilisation over the mean at which balancing begins.</summary>
    public double Start { get; init; } = 1.15;

    /// <summary>Balancing goes on until the largest utilisation is at most this much over the mean.</summary>
    public double Stop { get; init; } = 1.05;

    /// <summary>A newcomer is pulled up to its fair share less this much of it.</summary>
    public double JoinSlack { get; init; } = 0.03;

    /// <summary>The most planned moves; failures are exempt.</summary>
    public int MaxMoves { get; init; } = int.MaxValue;

    /// <summary>The most state that planned moves copy; failures are exempt.</summary>
    public long MaxBytes { get; init; } = long.MaxValue;

    /// <summary>Transfers that a worker takes part in at a time, in and out together.</summary>
    public int TransfersPerWorker { get; init; } = 2;

    /// <summary>What a move costs beside its state: the average task's state times this. At 0 the fewest bytes are
    /// copied by many moves of small tasks; the larger, the fewer moves.</summary>
    public double MoveCost { get; init; } = 0.5;

    /// <summary>A move that fits nowhere is made if it lowers the larger utilisation of its pair by this
    /// share.</summary>
    public double LeastGain { get; init; } = 0.01;

    public ulong Seed { get; init; }

    /// <summary>Of what the cluster has: 1 % of the tasks, 2 % of the state. Small clusters get a little more, or
    /// nothing would ever move there.</summary>
    public PlanOptions WithShareOf(int tasks, long stateBytes) => this with
    {
        MaxMoves = Math.Max(8, tasks / 100),
        MaxBytes = Math.Max(64L << 20, stateBytes / 50),
    };
}
