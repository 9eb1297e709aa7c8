namespace Millrace.Coordinator.Storage;

/// <summary>Control state as of a journal position, as bytes that only the core understands.</summary>
/// <param name="Position">End of the last frame that it includes; replay goes on from there.</param>
/// <param name="Incarnation">Of the coordinator that wrote it.</param>
internal sealed record StoredControlSnapshot(ulong Position, ulong Incarnation, ReadOnlyMemory<byte> Bytes);
