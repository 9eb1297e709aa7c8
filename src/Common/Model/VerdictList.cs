namespace Millrace.Common.Model;

/// <summary>What the coordinator says about the events of a task that cannot be applied.</summary>
/// <param name="Passed">Offsets of events that are not to be applied.</param>
public sealed record VerdictList(IReadOnlyList<ulong> Passed, IReadOnlyList<ParkedKey> Parked)
{
    public static VerdictList None { get; } = new([], []);

    public bool IsEmpty => Passed.Count == 0 && Parked.Count == 0;
}
