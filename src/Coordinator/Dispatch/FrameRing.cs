using Millrace.Coordinator.Journal;

namespace Millrace.Coordinator.Dispatch;

/// <summary>What a look into the ring found.</summary>
internal enum RingLook
{
    /// <summary>A frame; the caller releases it.</summary>
    Found,

    /// <summary>Nothing at or after the position yet.</summary>
    AtHead,

    /// <summary>The position is older than the ring: read the journal.</summary>
    Behind,
}

/// <summary>The newest durable frames, kept in memory for every reader. Frames without events take no room. Safe to
/// use from any thread; nothing here waits.</summary>
internal sealed class FrameRing(long capacityBytes) : IDisposable
{
    private readonly Lock _gate = new();
    private SealedFrame?[] _frames = new SealedFrame?[64];
    private int _first;
    private int _count;
    private long _bytes;
    private ulong _start = ulong.MaxValue;
    private ulong _head;

    /// <summary>Every durable frame with events that starts at or after it is in the ring; the largest number while
    /// the ring has seen none.</summary>
    public ulong Start
    {
        get
        {
            lock (_gate)
            {
                return _start;
            }
        }
    }

    /// <summary>Memory that the frames in it take.</summary>
    public long Bytes
    {
        get
        {
            lock (_gate)
            {
                return _bytes;
            }
        }
    }

    /// <summary>Adds a durable frame, which must follow the one before. Takes a reference of its own if it keeps
    /// it.</summary>
    public void Add(SealedFrame frame)
    {
        lock (_gate)
        {
            _start = Math.Min(_start, frame.Position);
            _head = frame.End;
            if (frame.Facts.Blocks.Count == 0)
            {
                return;
            }

            frame.AddReference();
            if (_count == _frames.Length)
            {
                Grow();
            }

            _frames[IndexOf(_count++)] = frame;
            _bytes += frame.Length;
            while (_bytes > capacityBytes && _count > 1)
            {
                Evict();
            }
        }
    }

    /// <summary>Looks for the first frame with events at or after the position.</summary>
    /// <param name="end">Up to where the caller has seen everything once it has handled the frame, if there is
    /// one.</param>
    public RingLook Look(ulong position, out SealedFrame? frame, out ulong end)
    {
        lock (_gate)
        {
            frame = null;
            end = position;
            if (position < _start)
            {
                return RingLook.Behind;
            }

            int at = Find(position);
            if (at == _count)
            {
                end = Math.Max(position, _head);
                return RingLook.AtHead;
            }

            frame = _frames[IndexOf(at)]!;
            frame.AddReference();
            end = frame.End;
            return RingLook.Found;
        }
    }

    public void Dispose()
    {
        lock (_gate)
        {
            while (_count > 0)
            {
                Evict();
            }
        }
    }

    private int IndexOf(int n) => (_first + n) & (_frames.Length - 1);

    /// <summary>Number of the first frame that starts at or after the position, by halving.</summary>
    private int Find(ulong position)
    {
        int low = 0;
        int high = _count;
        while (low < high)
        {
            int middle = (low + high) / 2;
            if (_frames[IndexOf(middle)]!.Position < position)
            {
                low = middle + 1;
            }
            else
            {
                high = middle;
            }
        }

        return low;
    }

    private void Evict()
    {
        SealedFrame oldest = _frames[_first]!;
        _frames[_first] = null;
        _first = (_first + 1) & (_frames.Length - 1);
        _count--;
        _bytes -= oldest.Length;
        _start = oldest.End;
        oldest.Release();
    }

    private void Grow()
    {
        var larger = new SealedFrame?[_frames.Length * 2];
        for (int i = 0; i < _count; i++)
        {
            larger[i] = _frames[IndexOf(i)];
        }

        _frames = larger;
        _first = 0;
    }
}
