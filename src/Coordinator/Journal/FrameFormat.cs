namespace Millrace.Coordinator.Journal;

/// <summary>
/// A frame's bytes, little-endian: header, producer ranges, control records (length and JSON each), directory of
/// partitions, one block per partition in directory order, zeros up to the alignment. Magic, checksum, version and
/// length stay where they are in every version to come.
/// </summary>
internal static class FrameFormat
{
    /// <summary>"MRFR".</summary>
    public const uint Magic = 0x5246524D;

    public const int Version = 1;

    public const int HeaderBytes = 80;

    /// <summary>Producer, first sequence, topic, count.</summary>
    public const int RangeBytes = 24;

    /// <summary>First offset, hash sum, partition, count, byte offset, byte length.</summary>
    public const int DirectoryBytes = 32;

    /// <summary>In front of a control record: its length in bytes.</summary>
    public const int RecordLengthBytes = 4;

    /// <summary>The checksum covers everything from here to the frame's end.</summary>
    public const int ChecksumFrom = 8;
}
