namespace Millrace.Worker.Core.Tasks;

/// <summary>What became of a block.</summary>
internal enum ApplyOutcome
{
    /// <summary>Some or all of its events were new and are part of the state now.</summary>
    Applied,

    /// <summary>Every event of it was applied before.</summary>
    Old,

    /// <summary>It belongs to another epoch of the task.</summary>
    OtherEpoch,

    /// <summary>Events between the state and the block are missing: subscribe again from the task's own
    /// position.</summary>
    Gap,

    /// <summary>It holds an event that cannot be applied and on which there is no verdict; what came before it is
    /// applied. Apply it once more when there is one.</summary>
    Poisoned,

    /// <summary>What comes next in it is to be applied with care, and only by leave. Apply it once more when there is
    /// one.</summary>
    NeedsLeave,

    /// <summary>It does not parse, or holds more or fewer events than it says: this state must not be used any
    /// more.</summary>
    Damaged,
}
