namespace Millrace.Common.Model;

/// <summary>Where a task that applies events with care has come to. Everything before the offset is applied, and its
/// owner has lived through it; earlier leave is used up.</summary>
/// <param name="Waits">It has events to apply, and needs leave.</param>
public sealed record Trial(ulong Offset, bool Waits);

/// <summary>What a task may apply from an offset on.</summary>
/// <param name="Count">How many events; 0: the first of them not at all, unless there is a verdict on it;
/// <see cref="All"/>: no care is needed any more.</param>
public sealed record Allowance(ulong Offset, uint Count)
{
    public const uint All = uint.MaxValue;

    /// <summary>What is said of an event that may not be applied.</summary>
    public const string Forbidden = "PROCESS_DIED: the worker's process ended each time that it was applied";
}
