namespace Millrace.Coordinator.Core.DeadLetters;

/// <summary>What becomes of an event that a job's operator cannot take.</summary>
internal enum BadEventPolicy
{
    /// <summary>The task stops there until somebody changes the rule.</summary>
    Fail = 1,

    /// <summary>It is passed over and counted.</summary>
    Skip = 2,

    /// <summary>It becomes a dead letter and is passed over.</summary>
    Quarantine = 3,
}

/// <param name="ParkKey">With Quarantine: later events of its key become dead letters too, until the key is released,
/// so that none of them is applied before it.</param>
internal sealed record BadEventRule(BadEventPolicy Policy, bool ParkKey = false)
{
    public static BadEventRule Default { get; } = new(BadEventPolicy.Fail);

    public override string ToString() => Policy switch
    {
        BadEventPolicy.Quarantine when ParkKey => "quarantine and park the key",
        BadEventPolicy.Quarantine => "quarantine",
        BadEventPolicy.Skip => "skip",
        _ => "fail",
    };
}
