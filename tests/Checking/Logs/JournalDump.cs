using System.Buffers.Binary;
using System.Globalization;
using System.Numerics;

namespace Millrace.Checking.Logs;

/// <summary>
/// Reads a journal's segment files, knowing only the format that is written down: a second reader, so that a mistake
/// in the product's own cannot hide itself.
/// </summary>
public static class JournalDump
{
    private const uint Magic = 0x5246524D;
    private const int HeaderBytes = 80;
    private const int RangeBytes = 24;
    private const int DirectoryBytes = 32;
    private const int ChecksumFrom = 8;
    private const string Suffix = ".segment";

    /// <summary>Number and generation of a file that is part of the journal; null: it is not one.</summary>
    public static (ulong Number, uint Generation)? SegmentOf(string fileName)
    {
        string[] parts = fileName.Split('.');
        return fileName.EndsWith(Suffix, StringComparison.Ordinal)
            && parts.Length == 3
            && ulong.TryParse(parts[0], NumberStyles.None, CultureInfo.InvariantCulture, out ulong number)
            && uint.TryParse(parts[1], NumberStyles.None, CultureInfo.InvariantCulture, out uint generation)
                ? (number, generation)
                : null;
    }

    /// <summary>Reads the segments of a directory.</summary>
    public static Log ReadDirectory(string directory) =>
        Read(
            from path in Directory.EnumerateFiles(directory)
            let segment = SegmentOf(Path.GetFileName(path))
            where segment is not null
            select new Segment(segment.Value.Number, segment.Value.Generation, File.ReadAllBytes(path)));

    /// <summary>Reads all frames; those of a segment end at the first place where none of its generation is
    /// whole.</summary>
    /// <param name="whole">False: only where frames are and what they say is durable; for whoever needs no
    /// more.</param>
    public static Log Read(IEnumerable<Segment> segments, bool whole = true)
    {
        var frames = new List<LogFrame>();
        foreach (Segment segment in segments.OrderBy(s => s.Number))
        {
            ulong start = segment.Number * (ulong)segment.Bytes.Length;
            int at = 0;
            while (TryRead(
                segment.Bytes.AsSpan(at), start + (ulong)at, segment.Generation, out LogFrame? frame, whole))
            {
                frames.Add(frame!);
                at += (int)(frame!.End - frame.Position);
            }
        }

        return new Log(frames);
    }

    /// <summary>Whether a whole frame of this position and generation starts here.</summary>
    /// <param name="whole">False: what is in the frame is left out.</param>
    public static bool TryRead(
        ReadOnlySpan<byte> bytes, ulong position, uint generation, out LogFrame? frame, bool whole = true)
    {
        frame = null;
        if (bytes.Length < HeaderBytes || U32(bytes, 0) != Magic)
        {
            return false;
        }

        uint length = U32(bytes, 12);
        if (length < HeaderBytes || length > bytes.Length || U64(bytes, 16) != position || U32(bytes, 24) != generation
            || U32(bytes, 4) != Crc(bytes[ChecksumFrom..(int)length]))
        {
            return false;
        }

        frame = Decode(bytes[..(int)length], position, generation, whole);
        return true;
    }

    private static LogFrame Decode(ReadOnlySpan<byte> bytes, ulong position, uint generation, bool whole)
    {
        int at = HeaderBytes;
        var ranges = new LogRange[whole ? U32(bytes, 28) : 0];
        for (int i = 0; i < ranges.Length; i++, at += RangeBytes)
        {
            ranges[i] = new LogRange(U64(bytes, at), U32(bytes, at + 16), U64(bytes, at + 8), U32(bytes, at + 20));
        }

        var controls = new List<ControlEvent>();
        for (uint i = 0; whole && i < U32(bytes, 60); i++)
        {
            int recordLength = (int)U32(bytes, at);
            if (ControlReader.Read(bytes.Slice(at + 4, recordLength)) is { } control)
            {
                controls.Add(control);
            }

            at += 4 + recordLength;
        }

        var blocks = new LogBlock[whole ? U32(bytes, 56) : 0];
        for (int i = 0; i < blocks.Length; i++, at += DirectoryBytes)
        {
            List<LogEvent> events =
                EntryReader.Read(bytes.Slice((int)U32(bytes, at + 24), (int)U32(bytes, at + 28)));
            if (events.Count != U32(bytes, at + 20))
            {
                throw new FormatException($"The frame at {position} has {events.Count} events and says otherwise.");
            }

            blocks[i] = new LogBlock(U32(bytes, at + 16), U64(bytes, at), U64(bytes, at + 8), events);
        }

        return new LogFrame
        {
            Position = position,
            End = position + (ulong)bytes.Length,
            Generation = generation,
            Incarnation = U64(bytes, 32),
            DurableEnd = U64(bytes, 40),
            Ranges = ranges,
            Controls = controls,
            Blocks = blocks,
        };
    }

    private static uint Crc(ReadOnlySpan<byte> bytes)
    {
        uint crc = uint.MaxValue;
        for (; bytes.Length >= 8; bytes = bytes[8..])
        {
            crc = BitOperations.Crc32C(crc, BinaryPrimitives.ReadUInt64LittleEndian(bytes));
        }

        foreach (byte one in bytes)
        {
            crc = BitOperations.Crc32C(crc, one);
        }

        return ~crc;
    }

    private static uint U32(ReadOnlySpan<byte> bytes, int at) => BinaryPrimitives.ReadUInt32LittleEndian(bytes[at..]);

    private static ulong U64(ReadOnlySpan<byte> bytes, int at) => BinaryPrimitives.ReadUInt64LittleEndian(bytes[at..]);
}

/// <summary>A file of the journal.</summary>
public sealed record Segment(ulong Number, uint Generation, byte[] Bytes);
