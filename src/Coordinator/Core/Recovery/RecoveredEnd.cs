namespace Millrace.Coordinator.Core.Recovery;

/// <summary>Where the journal ends, and what must be repaired before it may be used.</summary>
/// <param name="End">End of the last good frame.</param>
/// <param name="DurableMark">The last durable mark: what lies between it and the end may not be on the disk itself,
/// even though it could be read, and must be written again and synced.</param>
/// <param name="CutEnd">Remains of frames that never became durable may lie between the end and here.</param>
/// <param name="Torn">Something at the end looked like a frame and was not whole.</param>
/// <param name="Incarnation">The highest one seen; 0: none.</param>
internal sealed record RecoveredEnd(ulong End, ulong DurableMark, ulong CutEnd, bool Torn, ulong Incarnation);
