using Google.Protobuf;

namespace Millrace.Client;

/// <summary>Where a partition is cut; which of these fits is the topic's kind of partitioning. None: in the
/// middle.</summary>
/// <param name="KeyGroup">Of hash topics: the first key group of the upper one; 0: not said.</param>
/// <param name="Key">Of ranges of keys: where the upper range starts.</param>
/// <param name="Keys">Of key directories: the keys that the second one takes over.</param>
public sealed record SplitPoint(int KeyGroup = 0, ByteString? Key = null, IReadOnlyList<ByteString>? Keys = null);
