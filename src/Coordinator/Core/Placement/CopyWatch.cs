namespace Millrace.Coordinator.Core.Placement;

/// <summary>What is known of a warm copy. Live only: after a restart it is learnt anew.</summary>
internal sealed class CopyWatch(TimeSpan now)
{
    private TimeSpan? _markedAt;
    private ulong _markedOffset;
    private TimeSpan? _behindSince;

    public TimeSpan StartedAt { get; private set; } = now;

    /// <summary>When it last followed; until it does, when it began.</summary>
    public TimeSpan FollowedAt { get; private set; } = now;

    /// <summary>It is restored, and its worker's lease has not ended.</summary>
    public bool IsFollowing { get; private set; }

    /// <summary>As last reported; 0: it has not reported.</summary>
    public ulong Position { get; private set; }

    public ulong NextOffset { get; private set; }

    /// <summary>It is to take over from now on.</summary>
    public void Begin(TimeSpan now) => (StartedAt, _markedAt) = (now, null);

    /// <param name="older">Next offset of the older commit of its task.</param>
    public void Note(TaskProgress progress, ulong older, TimeSpan now)
    {
        IsFollowing = progress.State == TaskRunState.Warm;
        Position = progress.Position;
        NextOffset = progress.NextOffset;
        FollowedAt = IsFollowing ? now : FollowedAt;
        _behindSince = NextOffset < older ? _behindSince ?? now : null;
    }

    public TimeSpan BehindFor(TimeSpan now) => _behindSince is { } since ? now - since : TimeSpan.Zero;

    /// <summary>It has all that the partition held a moment ago.</summary>
    /// <param name="head">What the partition holds now.</param>
    public bool KeepsUp(ulong head, TimeSpan now, CoordinatorPolicy policy)
    {
        bool reached = _markedAt is { } at && NextOffset >= _markedOffset && now - at <= LagAllowed(now, policy);
        if (reached || NextOffset >= head)
        {
            return true;
        }

        if (_markedAt is null || NextOffset >= _markedOffset)
        {
            (_markedAt, _markedOffset) = (now, head);
        }

        return false;
    }

    /// <summary>Grows with time: a copy far away reports late however well it keeps up, and is to take over
    /// too.</summary>
    private TimeSpan LagAllowed(TimeSpan now, CoordinatorPolicy policy)
    {
        TimeSpan grown = policy.TransferLag + ((now - StartedAt) / 10);
        return grown < policy.TransferLagMost ? grown : policy.TransferLagMost;
    }
}
