using Millrace.Common.Wire;

namespace Millrace.Worker.Run;

/// <summary>A received message of blocks. Each loop that one of its blocks is for gets a reference and releases
/// it.</summary>
/// <param name="Stream">Number of the stream that it came on.</param>
internal readonly record struct BlockDelivery(RawFetchResponse Response, long Stream);
