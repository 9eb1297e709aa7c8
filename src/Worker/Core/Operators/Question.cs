using Millrace.Worker.Core.State;

namespace Millrace.Worker.Core.Operators;

/// <summary>What may be asked of a task's state.</summary>
internal abstract record Question;

/// <summary>One key.</summary>
internal sealed record GetKey(ReadOnlyMemory<byte> Key) : Question;

/// <summary>Keys in byte order.</summary>
/// <param name="Prefix">Only keys that start with it.</param>
/// <param name="After">Only keys above it; empty: from the first.</param>
internal sealed record ScanKeys(ReadOnlyMemory<byte> Prefix, ReadOnlyMemory<byte> After, int Limit) : Question;

/// <summary>The largest counts, falling; equal ones in byte order of their keys.</summary>
internal sealed record TopKeys(int Limit) : Question;

/// <param name="KeyCount">How many keys the state holds.</param>
internal sealed record Answer(IReadOnlyList<KeyCount> Entries, long KeyCount);
