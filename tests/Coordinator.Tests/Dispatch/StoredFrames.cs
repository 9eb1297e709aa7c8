using Millrace.Common.Files;
using Millrace.Common.Model;
using Millrace.Common.Wire;
using Millrace.Coordinator.Core;
using Millrace.Coordinator.Journal;
using Millrace.Coordinator.Loop;
using Millrace.Protocol.Type.V1;

namespace Millrace.Coordinator.Tests.Dispatch;

/// <summary>A journal in memory that makes its own frames, with everything in them durable at once.</summary>
internal sealed class StoredFrames : IJournal
{
    private const int HeaderBytes = 64;
    private readonly Lock _gate = new();
    private readonly List<SealedFrame> _frames = [];
    private readonly Dictionary<PartitionId, List<byte[]>> _entries = [];
    private ulong _end;
    private int _reads;

    public JournalGeometry Geometry => JournalGeometry.Default;

    public ulong DurableEnd
    {
        get
        {
            lock (_gate)
            {
                return _end;
            }
        }
    }

    public ulong FirstPosition { get; private set; }

    public ulong NextPosition => DurableEnd;

    /// <summary>How often a frame was read.</summary>
    public int Reads => _reads;

    public IReadOnlyList<SealedFrame> Frames => _frames;

    public static byte[] Entry(string key, int valueBytes)
    {
        using var buffer = new EntryBuffer();
        buffer.Append(System.Text.Encoding.UTF8.GetBytes(key), new byte[valueBytes]);
        return buffer.Entries.ToArray();
    }

    public static Event Decode(byte[] entry) =>
        Protocol.Ingest.V1.ReadResponse.Parser.ParseFrom(entry).Events.Single();

    /// <summary>All entries of a partition so far.</summary>
    public IReadOnlyList<byte[]> Entries(PartitionId partition)
    {
        lock (_gate)
        {
            return _entries.TryGetValue(partition, out List<byte[]>? entries) ? [.. entries] : [];
        }
    }

    /// <summary>How many events of the partition lie in frames that end at or below the position.</summary>
    public ulong CountAt(PartitionId partition, ulong position)
    {
        lock (_gate)
        {
            return _frames.Where(frame => frame.End <= position)
                .SelectMany(frame => frame.Facts.Blocks)
                .Where(block => block.Partition == partition)
                .Aggregate(0ul, (sum, block) => sum + block.Count);
        }
    }

    /// <summary>Stores a frame.</summary>
    /// <param name="gap">Bytes left out before it, as at a segment's end.</param>
    public SealedFrame Append(ulong gap = 0, params (PartitionId Partition, byte[][] Entries)[] content)
    {
        lock (_gate)
        {
            ulong position = _end + gap;
            var blocks = new List<PartitionBlock>();
            var bytes = new MemoryStream();
            bytes.Write(new byte[HeaderBytes]);
            foreach ((PartitionId partition, byte[][] entries) in content)
            {
                if (!_entries.TryGetValue(partition, out List<byte[]>? log))
                {
                    _entries[partition] = log = [];
                }

                int start = (int)bytes.Length;
                foreach (byte[] entry in entries)
                {
                    bytes.Write(entry);
                }

                blocks.Add(new PartitionBlock(
                    partition, (ulong)log.Count, (uint)entries.Length, 0, start, (int)bytes.Length - start));
                log.AddRange(entries);
            }

            bytes.SetLength((long)Geometry.AlignUp((ulong)bytes.Length));
            _end = position + (ulong)bytes.Length;
            var facts = new FrameFacts(position, _end, 1, 0, [], [], blocks);
            AlignedBuffer buffer = AlignedBuffer.Rent((int)bytes.Length);
            bytes.ToArray().CopyTo(buffer.Span((int)bytes.Length));
            var frame = new SealedFrame(buffer, facts);
            _frames.Add(frame);
            return frame;
        }
    }

    public SealedFrame? Read(ulong position)
    {
        Interlocked.Increment(ref _reads);
        lock (_gate)
        {
            SealedFrame? frame = _frames.Find(
                frame => frame.Position >= position && frame.Position >= FirstPosition);
            frame?.AddReference();
            return frame;
        }
    }

    public void Trim(ulong below) => FirstPosition = below;

    public FramePlace NextPlace() => throw new NotSupportedException();

    public bool CanStore(int bytes) => throw new NotSupportedException();

    public void Write(SealedFrame frame, Action<SealedFrame> durable) => throw new NotSupportedException();

    public void Mark() => throw new NotSupportedException();

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;
}
