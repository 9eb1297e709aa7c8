namespace Millrace.Client.Core;

/// <summary>
/// Encoded events of one topic with consecutive sequences: entries (tag, length, event) one after another, as they go
/// on the wire. Pooled; it keeps its bytes and sequences until it is acknowledged, however often it is sent.
/// </summary>
internal sealed class OutBatch
{
    private const int SmallestBuffer = 4 * 1024;

    private byte[] _buffer = [];

    public ulong FirstSequence { get; private set; }

    public int Count { get; private set; }

    /// <summary>Bytes of all entries.</summary>
    public int Length { get; private set; }

    public ulong LastSequence => FirstSequence + (ulong)Count - 1;

    public ReadOnlyMemory<byte> Entries => _buffer.AsMemory(0, Length);

    /// <summary>When the first event came in; a batch that is not full lingers from here.</summary>
    public TimeSpan Since { get; private set; }

    public int Capacity => _buffer.Length;

    public void Reset(ulong firstSequence, TimeSpan now)
    {
        FirstSequence = firstSequence;
        Count = 0;
        Length = 0;
        Since = now;
    }

    /// <summary>Adds one entry of so many bytes and says where it is to be written.</summary>
    public Span<byte> Extend(int bytes)
    {
        if (_buffer.Length - Length < bytes)
        {
            int size = Math.Max(Math.Max(SmallestBuffer, _buffer.Length * 2), Length + bytes);
            Array.Resize(ref _buffer, size);
        }

        Span<byte> entry = _buffer.AsSpan(Length, bytes);
        Length += bytes;
        Count++;
        return entry;
    }
}
