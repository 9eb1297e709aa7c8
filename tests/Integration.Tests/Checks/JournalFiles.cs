using System.Buffers.Binary;
using System.Globalization;
using System.Numerics;
using System.Text.Json;

namespace Millrace.Integration.Tests.Checks;

/// <summary>
/// Reads the decisions out of a journal's files. Written from the description of the format and sharing no code with
/// the product, so that it cannot share a mistake with it.
/// </summary>
internal sealed class JournalFiles(string dataDirectory)
{
    private const uint Magic = 0x5246524D;
    private const int Alignment = 4096;
    private const int HeaderBytes = 80;
    private const int RangeBytes = 24;

    private readonly Dictionary<ulong, int> _partitionOfTask = [];

    /// <summary>Every decision in journal order; what is being written just now is left out.</summary>
    public List<DecisionLine> Decisions()
    {
        var lines = new List<DecisionLine>();
        foreach (string path in Directory.EnumerateFiles(dataDirectory, "*.segment", SearchOption.AllDirectories)
            .Where(path => char.IsAsciiDigit(Path.GetFileName(path)[0]))
            .Order(StringComparer.Ordinal))
        {
            uint generation = GenerationOf(path);
            byte[] bytes = File.ReadAllBytes(path);
            for (int at = 0; FrameLength(bytes.AsSpan(at), generation) is var length and > 0; at += length)
            {
                lines.AddRange(DecisionsOf(bytes.AsSpan(at, length)));
                if (at + length >= bytes.Length)
                {
                    break;
                }
            }
        }

        return lines;
    }

    /// <summary>Where in a segment the last frame starts of those that follow each other from its beginning; 0: there
    /// is one at the most.</summary>
    public static long LastFrame(string path)
    {
        uint generation = GenerationOf(path);
        byte[] bytes = File.ReadAllBytes(path);
        int last = 0;
        for (int at = 0; at < bytes.Length && FrameLength(bytes.AsSpan(at), generation) is var length and > 0;)
        {
            last = at;
            at += length;
        }

        return last;
    }

    private static uint GenerationOf(string path) =>
        uint.Parse(Path.GetFileName(path).Split('.')[^2], CultureInfo.InvariantCulture);

    /// <summary>0 where there is no whole frame of this segment's use.</summary>
    private static int FrameLength(ReadOnlySpan<byte> bytes, uint generation)
    {
        if (bytes.Length < HeaderBytes
            || BinaryPrimitives.ReadUInt32LittleEndian(bytes) != Magic
            || BinaryPrimitives.ReadUInt32LittleEndian(bytes[24..]) != generation)
        {
            return 0;
        }

        uint length = BinaryPrimitives.ReadUInt32LittleEndian(bytes[12..]);
        return length % Alignment == 0
            && length <= (uint)bytes.Length
            && BinaryPrimitives.ReadUInt32LittleEndian(bytes[4..]) == Checksum(bytes[8..(int)length])
                ? (int)length
                : 0;
    }

    private List<DecisionLine> DecisionsOf(ReadOnlySpan<byte> frame)
    {
        var lines = new List<DecisionLine>();
        ulong end = BinaryPrimitives.ReadUInt64LittleEndian(frame[16..]) + (ulong)frame.Length;
        int at = HeaderBytes + (BinaryPrimitives.ReadInt32LittleEndian(frame[28..]) * RangeBytes);
        int records = BinaryPrimitives.ReadInt32LittleEndian(frame[60..]);
        for (int i = 0; i < records; i++)
        {
            int length = BinaryPrimitives.ReadInt32LittleEndian(frame[at..]);
            using JsonDocument record = JsonDocument.Parse(frame.Slice(at + 4, length).ToArray());
            at += 4 + length;
            if (Decision(record.RootElement, end) is { } line)
            {
                lines.Add(line);
            }
        }

        return lines;
    }

    private DecisionLine? Decision(JsonElement record, ulong frameEnd)
    {
        switch (record.GetProperty("$type").GetString())
        {
            case "coordinator-started":
                return Line(DecisionLine.Started, frameEnd, 0, Number(record, "incarnation"));
            case "producer-opened":
                return Line(DecisionLine.Opened, frameEnd, Number(record, "number"), Number(record, "epoch"));
            case "job-deployed" or "tasks-replaced":
                foreach (JsonElement task in record.GetProperty("tasks").EnumerateArray())
                {
                    _partitionOfTask[Number(task, "task")] = task.GetProperty("index").GetInt32();
                }

                return null;
            case "task-assigned":
                return Line(DecisionLine.Assigned, frameEnd, Number(record, "task"), Number(record, "epoch"))
                    with { Worker = record.GetProperty("worker").GetString()! };
            case "task-committed":
                JsonElement point = record.GetProperty("point");
                return Line(DecisionLine.Committed, frameEnd, Number(record, "task"), Number(record, "epoch"))
                    with { Offset = Number(point, "nextOffset"), Position = Number(point, "position") };
            default:
                return null;
        }
    }

    private DecisionLine Line(string kind, ulong frameEnd, ulong subject, ulong epoch) =>
        new(frameEnd, kind, subject, _partitionOfTask.GetValueOrDefault(subject), epoch, "", 0, 0);

    private static ulong Number(JsonElement record, string name) => record.GetProperty(name).GetUInt64();

    private static uint Checksum(ReadOnlySpan<byte> bytes)
    {
        uint crc = uint.MaxValue;
        foreach (byte b in bytes)
        {
            crc = BitOperations.Crc32C(crc, b);
        }

        return ~crc;
    }
}
