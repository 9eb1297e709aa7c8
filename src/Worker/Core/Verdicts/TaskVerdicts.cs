namespace Millrace.Worker.Core.Verdicts;

/// <summary>What the coordinator says about the events of a task that cannot be applied.</summary>
/// <param name="Passed">Offsets of events that are not to be applied.</param>
internal sealed record TaskVerdicts(IReadOnlyList<ulong> Passed, IReadOnlyList<ParkedKey> Parked)
{
    public static TaskVerdicts None { get; } = new([], []);

    public bool AreNone => Passed.Count == 0 && Parked.Count == 0;
}
