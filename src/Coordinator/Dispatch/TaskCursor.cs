using Millrace.Common.Failpoints;

namespace Millrace.Coordinator.Dispatch;

/// <summary>How far one subscription has come. Belongs to one stream's send loop.</summary>
/// <param name="subscription">The worker's number for it.</param>
internal sealed class TaskCursor(
    TaskGrant grant, ulong subscription, ulong position, ulong nextOffset, long creditBytes)
{
    private long _credit = creditBytes;
    private long _outstanding;
    private int _needed;
    private ulong _partFrame = ulong.MaxValue;
    private int _partBytes;

    public TaskGrant Grant { get; } = grant;

    public ulong Subscription { get; } = subscription;

    /// <summary>Everything of the task in frames that end at or below is sent.</summary>
    public ulong Position { get; private set; } = position;

    public ulong NextOffset { get; private set; } = nextOffset;

    /// <summary>The position that the worker has been told.</summary>
    public ulong Reported { get; private set; } = position;

    /// <summary>Waits for credit; set when a block did not fit.</summary>
    public bool Stalled { get; private set; }

    /// <summary>Is served by the walk that goes on now.</summary>
    public bool Walks { get; set; }

    /// <summary>A frame's block has been sent in part.</summary>
    public bool InsideFrame => _partBytes > 0;

    /// <summary>Without anything outstanding one block may go whatever its size.</summary>
    public bool MaySend(int bytes) =>
        _outstanding == 0 || _credit >= bytes || Mutants.Is(Mutant.CreditIgnored);

    public void StallFor(int bytes)
    {
        Stalled = true;
        _needed = bytes;
    }

    public void AddCredit(long bytes)
    {
        _credit += bytes;
        _outstanding = Math.Max(0, _outstanding - bytes);
        if (Stalled && MaySend(_needed))
        {
            Stalled = false;
        }
    }

    /// <summary>Where in the block of this frame to go on, if a part of it was sent.</summary>
    public int SentOf(ulong framePosition) => _partFrame == framePosition ? _partBytes : 0;

    /// <summary>A part of the frame's block is on its way and more follows.</summary>
    public void SentPart(ulong framePosition, int upToByte, ulong nextOffset, int bytes)
    {
        _partFrame = framePosition;
        _partBytes = upToByte;
        Sent(nextOffset, bytes);
    }

    /// <summary>The rest of the frame's block is on its way.</summary>
    public void SentFrame(ulong end, ulong nextOffset, int bytes)
    {
        _partFrame = ulong.MaxValue;
        _partBytes = 0;
        Position = end;
        Reported = end;
        Sent(nextOffset, bytes);
    }

    /// <summary>There is nothing for the task up to here.</summary>
    public void Pass(ulong position) => Position = Math.Max(Position, position);

    public void Noticed() => Reported = Position;

    private void Sent(ulong nextOffset, int bytes)
    {
        NextOffset = nextOffset;
        _credit -= bytes;
        _outstanding += bytes;
    }
}
