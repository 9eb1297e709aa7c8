using Millrace.Coordinator.Core;
using Millrace.Coordinator.Core.Recovery;

namespace Millrace.Coordinator.Journal;

/// <summary>Shows recovery the segments' bytes, which nobody may change meanwhile. Keeps what was read
/// last.</summary>
internal sealed class SegmentFrameSource(SegmentTable table, JournalGeometry geometry) : IFrameSource
{
    private const int WindowBytes = 64 * 1024;

    /// <summary>The search for frames above the end looks at very many places.</summary>
    private readonly byte[] _window = new byte[WindowBytes];

    private byte[] _buffer = [];
    private ulong _windowStart;
    private int _windowLength;
    private ulong? _verified;
    private FrameHeader _header;

    public int NewestVersion => FrameFormat.Version;

    public ulong? First => table.First is { } segment ? geometry.StartOf(segment) : null;

    public ulong PlaceAfter(ulong end) => geometry.PlaceAfter(end);

    public ulong SegmentStart(ulong position) => geometry.StartOf(geometry.SegmentOf(position));

    public bool Has(ulong place) => table.Has(geometry.SegmentOf(place));

    public uint GenerationAt(ulong place) => table.GenerationOf(geometry.SegmentOf(place));

    public IEnumerable<ulong> PlacesAbove(ulong place)
    {
        ulong step = (ulong)geometry.Alignment;
        foreach (ulong segment in table.From(geometry.SegmentOf(place)))
        {
            ulong end = geometry.StartOf(segment + 1);
            for (ulong at = Math.Max(geometry.StartOf(segment), place + step); at < end; at += step)
            {
                yield return at;
            }
        }
    }

    public FrameHead? Peek(ulong place)
    {
        ReadOnlySpan<byte> bytes = HeaderBytesAt(place);
        return FrameHeader.TryRead(bytes, geometry, out FrameHeader header)
            && OffsetOf(place) + header.Length <= geometry.SegmentBytes
                ? header.Head
                : null;
    }

    public bool Verify(ulong place)
    {
        _verified = null;
        if (Peek(place) is not { } head)
        {
            return false;
        }

        int length = (int)(head.End - head.Position);
        if (_buffer.Length < length)
        {
            _buffer = new byte[length];
        }

        Span<byte> frame = _buffer.AsSpan(0, length);
        if (table.Read(geometry.SegmentOf(place), OffsetOf(place), frame) < length
            || !FrameHeader.TryRead(frame, geometry, out _header)
            || _header.Length != length
            || !FrameHeader.IsIntact(frame))
        {
            return false;
        }

        _verified = place;
        return true;
    }

    public FrameFacts Facts(ulong place)
    {
        if (_verified != place && !Verify(place))
        {
            throw new JournalDamagedException($"The frame at {Describe(place)} changed while it was read.");
        }

        return FrameParser.Parse(_buffer.AsSpan(0, _header.Length), _header);
    }

    public string Describe(ulong place) => table.Describe(place);

    private ReadOnlySpan<byte> HeaderBytesAt(ulong place)
    {
        ulong windowEnd = _windowStart + (ulong)_windowLength;
        if (place < _windowStart || place + FrameFormat.HeaderBytes > windowEnd)
        {
            _windowStart = place;
            _windowLength = table.Read(geometry.SegmentOf(place), OffsetOf(place), _window);
        }

        ReadOnlySpan<byte> rest = _window.AsSpan(0, _windowLength)[(int)(place - _windowStart)..];
        return rest[..Math.Min(rest.Length, FrameFormat.HeaderBytes)];
    }

    private long OffsetOf(ulong place) => (long)(place % (ulong)geometry.SegmentBytes);
}
