namespace Millrace.Common.Wire;

/// <summary>What Millrace looks at in one entry; all positions count from the first byte that was scanned.</summary>
/// <param name="EntryLength">Length of the entry in bytes: tag, length prefix and event.</param>
/// <param name="KeyStart">Where the key's bytes start.</param>
/// <param name="KeyLength">Length of the key in bytes; 0: the event has none.</param>
/// <param name="EventTimeMs">Milliseconds since 1970-01-01 UTC; 0 when the producer did not say.</param>
/// <param name="EventLength">Length of the event alone in bytes: what the limit on events counts.</param>
public readonly record struct EventFields(
    int EntryLength, int KeyStart, int KeyLength, long EventTimeMs, int EventLength);
