namespace Millrace.Worker.Run;

/// <summary>What a block was sent for. A task's epoch does not say that: it may subscribe anew under the same
/// one.</summary>
/// <param name="Stream">Number of the stream that they come on; 0: there is none.</param>
/// <param name="Number">The subscription's own, of those on the stream.</param>
internal readonly record struct BlockSubscription(long Stream, ulong Number);
