namespace Millrace.Worker.Core.Operators;

/// <summary>One event that a task emits.</summary>
/// <param name="Sequence">Starts at 1 for each topic, without gaps.</param>
internal sealed record TaskOutput(string Topic, ulong Sequence, byte[] Key, byte[] Value, long TimeMs);
