namespace Millrace.Coordinator.Core.Health;

/// <summary>The numbers that life and death are judged by, beside the leases.</summary>
internal sealed record DetectionPolicy
{
    private const double UsualSuspectPhi = 5;
    private const double UsualLostPhi = 8;

    /// <summary>Worked out once: a quantile costs as much as hundreds of decisions.</summary>
    private static readonly double _usualSuspect = Phi.Quantile(UsualSuspectPhi);
    private static readonly double _usualLost = Phi.Quantile(UsualLostPhi);

    private readonly double _suspectPhi = UsualSuspectPhi;
    private readonly double _lostPhi = UsualLostPhi;

    /// <summary>Phi at which nothing new is placed on a silent worker.</summary>
    public double SuspectPhi
    {
        get => _suspectPhi;
        init => (_suspectPhi, SuspectDeviations) = (value, Phi.Quantile(value));
    }

    /// <summary>Phi at which a worker is given up that is silent together with its spy.</summary>
    public double LostPhi
    {
        get => _lostPhi;
        init => (_lostPhi, LostDeviations) = (value, Phi.Quantile(value));
    }

    public double SuspectDeviations { get; private init; } = _usualSuspect;

    public double LostDeviations { get; private init; } = _usualLost;

    /// <summary>Of the times between heartbeats, however regular they are.</summary>
    public TimeSpan LeastDeviation { get; init; } = TimeSpan.FromMilliseconds(50);

    /// <summary>A worker that is known to live, but stands still, keeps its tasks for this long.</summary>
    public TimeSpan PausedLease { get; init; } = TimeSpan.FromSeconds(15);

    /// <summary>Tasks with input that do not advance for this long are stalled.</summary>
    public TimeSpan StallAfter { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>A worker that fell so often within <see cref="FlapWindow"/> gets nothing new for a while.</summary>
    public int FlapFalls { get; init; } = 5;

    public TimeSpan FlapWindow { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>Doubled each time that it falls within a probation, which is as long as the quarantine before
    /// it.</summary>
    public TimeSpan FirstQuarantine { get; init; } = TimeSpan.FromSeconds(30);

    public TimeSpan LongestQuarantine { get; init; } = TimeSpan.FromMinutes(10);

    /// <summary>So many workers at the least, and one of so many, must be silent together for the coordinator to doubt
    /// itself.</summary>
    public int CrowdAtLeast { get; init; } = 2;

    /// <inheritdoc cref="CrowdAtLeast"/>
    public int CrowdOneOf { get; init; } = 5;

    /// <summary>A crowd that stays silent for so many leases is gone after all.</summary>
    public int DoubtLeases { get; init; } = 2;
}
