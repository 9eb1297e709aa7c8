using Millrace.Common.Wire;
using Millrace.Coordinator.Journal;

namespace Millrace.Coordinator.Dispatch;

/// <summary>A message to a worker while it is put together; keeps the frames whose bytes it will send.</summary>
internal sealed class FetchMessage(int budgetBytes)
{
    private readonly List<SealedFrame> _frames = [];

    public RawFetchResponse Response { get; } = new();

    public bool IsEmpty => Response.Blocks.Count == 0;

    /// <summary>Bytes of entries.</summary>
    public int Bytes { get; private set; }

    /// <summary>Something larger than the budget fits only alone.</summary>
    public bool Fits(int bytes) => Bytes == 0 || Bytes + bytes <= budgetBytes;

    public void Add(in RawBlock block, SealedFrame frame)
    {
        if (_frames.Count == 0 || !ReferenceEquals(_frames[^1], frame))
        {
            frame.AddReference();
            _frames.Add(frame);
        }

        Response.Add(block);
        Bytes += block.Entries.Length;
    }

    public void AddNotice(in RawBlock block) => Response.Add(block);

    /// <summary>Lets go of what was sent.</summary>
    public void Clear()
    {
        Response.Clear();
        Bytes = 0;
        foreach (SealedFrame frame in _frames)
        {
            frame.Release();
        }

        _frames.Clear();
    }
}
