using System.Buffers;

namespace Millrace.Common.Wire;

/// <summary>
/// Encoded entries, one after another, as they travel and are stored: the producer's side of "events are never
/// re-encoded". Grows as needed on pooled arrays. Not safe for use by several threads.
/// </summary>
public sealed class EntryBuffer : IDisposable
{
    private const int KeyField = 1;
    private const int ValueField = 2;
    private const int TimeField = 3;
    private const int HeaderField = 4;
    private const int HeaderNameField = 1;
    private const int HeaderValueField = 2;
    private const int EntryField = 15;

    private byte[] _bytes;

    /// <param name="capacity">Bytes to start with.</param>
    public EntryBuffer(int capacity = 16 * 1024) => _bytes = ArrayPool<byte>.Shared.Rent(capacity);

    /// <summary>How many entries there are.</summary>
    public int Count { get; private set; }

    public int ByteCount { get; private set; }

    /// <summary>All entries; valid until the next change.</summary>
    public ReadOnlyMemory<byte> Entries => _bytes.AsMemory(0, ByteCount);

    /// <summary>Length of the encoded event in bytes, without the entry's tag and length: what the event limit
    /// counts.</summary>
    public static int EventLength(
        ReadOnlySpan<byte> key, ReadOnlySpan<byte> value, long eventTimeMs, ReadOnlySpan<EventHeader> headers)
    {
        int length = WireWriter.FieldLength(TimeField, (ulong)eventTimeMs);
        length += key.IsEmpty ? 0 : WireWriter.BytesFieldLength(KeyField, key.Length);
        length += value.IsEmpty ? 0 : WireWriter.BytesFieldLength(ValueField, value.Length);
        foreach (EventHeader header in headers)
        {
            length += WireWriter.BytesFieldLength(HeaderField, HeaderLength(header));
        }

        return length;
    }

    /// <summary>Length of the whole entry in bytes: tag, length and event.</summary>
    public static int EntryLength(int eventLength) => WireWriter.BytesFieldLength(EntryField, eventLength);

    /// <summary>Writes one entry; the target is as long as <see cref="EntryLength"/> says.</summary>
    /// <param name="eventLength">From <see cref="EventLength"/>.</param>
    public static void WriteEntry(
        Span<byte> target,
        int eventLength,
        ReadOnlySpan<byte> key,
        ReadOnlySpan<byte> value,
        long eventTimeMs,
        ReadOnlySpan<EventHeader> headers)
    {
        var writer = new WireWriter(target);
        writer.WriteLength(EntryField, eventLength);
        if (!key.IsEmpty)
        {
            writer.WriteBytes(KeyField, key);
        }

        if (!value.IsEmpty)
        {
            writer.WriteBytes(ValueField, value);
        }

        writer.WriteField(TimeField, (ulong)eventTimeMs);
        foreach (EventHeader header in headers)
        {
            writer.WriteLength(HeaderField, HeaderLength(header));
            writer.WriteField(HeaderNameField, header.Name);
            if (!header.Value.IsEmpty)
            {
                writer.WriteBytes(HeaderValueField, header.Value.Span);
            }
        }
    }

    /// <summary>Appends one event and returns the entry's length in bytes.</summary>
    /// <param name="eventTimeMs">Milliseconds since 1970-01-01 UTC; 0: not said.</param>
    public int Append(
        ReadOnlySpan<byte> key,
        ReadOnlySpan<byte> value,
        long eventTimeMs = 0,
        ReadOnlySpan<EventHeader> headers = default)
    {
        int eventLength = EventLength(key, value, eventTimeMs, headers);
        int entryLength = EntryLength(eventLength);
        Reserve(entryLength);
        WriteEntry(_bytes.AsSpan(ByteCount, entryLength), eventLength, key, value, eventTimeMs, headers);
        ByteCount += entryLength;
        Count++;
        return entryLength;
    }

    /// <summary>Empties the buffer and keeps its memory.</summary>
    public void Clear()
    {
        Count = 0;
        ByteCount = 0;
    }

    /// <summary>Gives the memory back; the buffer must not be used any more.</summary>
    public void Dispose()
    {
        byte[] bytes = _bytes;
        _bytes = [];
        Clear();
        if (bytes.Length > 0)
        {
            ArrayPool<byte>.Shared.Return(bytes);
        }
    }

    private static int HeaderLength(EventHeader header) =>
        WireWriter.FieldLength(HeaderNameField, header.Name)
        + (header.Value.IsEmpty ? 0 : WireWriter.BytesFieldLength(HeaderValueField, header.Value.Length));

    private void Reserve(int more)
    {
        if (_bytes.Length - ByteCount >= more)
        {
            return;
        }

        byte[] larger = ArrayPool<byte>.Shared.Rent(Math.Max(ByteCount + more, _bytes.Length * 2));
        _bytes.AsSpan(0, ByteCount).CopyTo(larger);
        ArrayPool<byte>.Shared.Return(_bytes);
        _bytes = larger;
    }
}
