namespace Millrace.Coordinator.Core.Health;

/// <summary>
/// Whether the coordinator takes the silence of others for its own fault: it woke up late, or too many fell silent
/// together. Never for ever: a crowd that stays silent is gone after all.
/// </summary>
internal sealed class SelfDoubt
{
    private TimeSpan? _crowdSince;
    private TimeSpan _lateUntil;

    /// <summary>The coordinator's own tick was this late. What others sent meanwhile is read only now.</summary>
    public void WokeLate(TimeSpan gap, TimeSpan now, CoordinatorPolicy policy)
    {
        TimeSpan until = now + (gap < policy.Lease ? gap : policy.Lease);
        _lateUntil = until > _lateUntil ? until : _lateUntil;
    }

    /// <summary>Why nobody is to be given up for silence; null: silence counts.</summary>
    /// <param name="silent">Workers whose silence only silence explains.</param>
    /// <param name="all">Workers that were heard of since the start and are not given up.</param>
    public string? Look(int silent, int all, TimeSpan now, CoordinatorPolicy policy)
    {
        DetectionPolicy detection = policy.Detection;
        bool crowd = silent >= detection.CrowdAtLeast && silent * detection.CrowdOneOf >= all;
        _crowdSince = crowd ? _crowdSince ?? now : null;
        if (now < _lateUntil)
        {
            return "the coordinator itself stood still";
        }

        return _crowdSince is { } since && now - since < policy.Lease * detection.DoubtLeases
            ? $"{silent} of {all} workers fell silent together, so that the cause may be here or in the network"
            : null;
    }
}
