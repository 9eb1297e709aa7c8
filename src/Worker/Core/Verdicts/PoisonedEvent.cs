namespace Millrace.Worker.Core.Verdicts;

/// <summary>An event at which a task stands still until there is a verdict on it.</summary>
/// <param name="Reason">For people, at most <see cref="MaxReasonLength"/> characters.</param>
/// <param name="Entry">The whole entry as it was published; empty when it is larger than
/// <see cref="MaxEntryBytes"/>.</param>
internal sealed record PoisonedEvent(ulong Offset, string Reason, bool KeyIsParked, byte[] Key, byte[] Entry)
{
    public const int MaxReasonLength = 200;

    /// <summary>What the coordinator keeps of an event; larger ones cannot become dead letters.</summary>
    public const int MaxEntryBytes = 64 * 1024;
}
