using Millrace.Common.Failpoints;

namespace Millrace.Coordinator.Core.Health;

/// <summary>What follows from the signs of life of a worker.</summary>
/// <param name="State">Alive, Suspect or Lost.</param>
/// <param name="Reason">One of <see cref="HealthReasons"/>.</param>
/// <param name="Waited">What it was waited for in vain.</param>
/// <param name="IsSoft">Nothing but silence speaks for it, and the cause of that may be here.</param>
internal readonly record struct Diagnosis(WorkerState State, string Reason, TimeSpan Waited, bool IsSoft)
{
    /// <summary>How long a silent worker stays free of suspicion.</summary>
    public static TimeSpan SuspectAfter(HeartbeatRhythm rhythm, CoordinatorPolicy policy) =>
        rhythm.Mean + (policy.Lease / 12) + (rhythm.Deviation * policy.Detection.SuspectDeviations);

    /// <summary>How long a worker keeps its tasks when its spy is silent, too: two that do not depend on each other
    /// say the same. Never longer than the lease.</summary>
    public static TimeSpan LostAfter(HeartbeatRhythm rhythm, CoordinatorPolicy policy)
    {
        TimeSpan after = rhythm.Mean + Outage(policy) + (rhythm.Deviation * policy.Detection.LostDeviations);
        return after < policy.Lease ? after : policy.Lease;
    }

    /// <summary>A silence as long as this is no jitter.</summary>
    public static TimeSpan Outage(CoordinatorPolicy policy) => policy.Lease / 2;

    /// <summary>Somebody beside it says that its process is there.</summary>
    public static bool IsVouchedFor(Vitals vitals, TimeSpan now, CoordinatorPolicy policy) =>
        vitals.Seen is { IsOpen: true, State: not ProcessState.Gone } seen && now - seen.At < Outage(policy);

    /// <param name="isNew">It has not been heard of since the coordinator started.</param>
    public static Diagnosis Of(Vitals vitals, bool isNew, TimeSpan now, CoordinatorPolicy policy)
    {
        TimeSpan silence = now - vitals.LastHeard;
        if (vitals.Seen is { State: ProcessState.Gone })
        {
            return new(WorkerState.Lost, HealthReasons.ProcessGone, silence, IsSoft: false);
        }

        bool vouched = IsVouchedFor(vitals, now, policy);
        if (vitals.BrokenAt is { } at)
        {
            return OfBroken(vitals, vouched, now - at, silence, policy);
        }

        if (vouched && vitals.Seen!.State == ProcessState.Stopped && vitals.Seen.At > vitals.LastHeard)
        {
            return OfPaused(HealthReasons.ProcessStopped, silence, policy);
        }

        if (!isNew && silence < SuspectAfter(vitals.Rhythm, policy))
        {
            return new(WorkerState.Alive, HealthReasons.HeartbeatsArrive, silence, IsSoft: false);
        }

        if (vouched)
        {
            return OfPaused(isNew ? HealthReasons.CoordinatorRestarted : HealthReasons.ProcessPaused, silence, policy);
        }

        return OfSilent(vitals, isNew, silence, now, policy);
    }

    /// <summary>The process lives: only the stream is gone, or it is stopped as well.</summary>
    private static Diagnosis OfBroken(
        Vitals vitals, bool vouched, TimeSpan broken, TimeSpan silence, CoordinatorPolicy policy)
    {
        if (vouched && vitals.Seen!.State == ProcessState.Stopped)
        {
            return OfPaused(HealthReasons.ProcessStopped, silence, policy);
        }

        bool waits = vouched && !Mutants.Is(Mutant.BrokenStreamTakenForDeath);
        TimeSpan grace = waits ? policy.Lease : policy.BrokenStreamGrace;
        WorkerState state = broken >= grace ? WorkerState.Lost : WorkerState.Suspect;
        return new(state, HealthReasons.StreamBroken, broken, IsSoft: !vouched);
    }

    private static Diagnosis OfPaused(string reason, TimeSpan silence, CoordinatorPolicy policy) =>
        silence >= policy.Detection.PausedLease
            ? new(WorkerState.Lost, HealthReasons.PausedTooLong, silence, IsSoft: false)
            : new(WorkerState.Suspect, reason, silence, IsSoft: false);

    /// <summary>A link that is full of events may hold up the small messages of all connections; what still comes
    /// through on any of them shows that the worker lives.</summary>
    private static Diagnosis OfSilent(
        Vitals vitals, bool isNew, TimeSpan silence, TimeSpan now, CoordinatorPolicy policy)
    {
        TimeSpan? unseen = now - vitals.Seen?.At;
        TimeSpan elsewhere = now - vitals.HeardElsewhere;
        bool hasSpy = unseen is not null && !isNew;
        TimeSpan quiet = unseen < silence ? unseen.Value : silence;
        quiet = elsewhere < quiet ? elsewhere : quiet;
        if (quiet >= policy.Lease)
        {
            return new(WorkerState.Lost, HealthReasons.LeaseExpired, quiet, IsSoft: true);
        }

        if (hasSpy && quiet >= LostAfter(vitals.Rhythm, policy))
        {
            return new(WorkerState.Lost, HealthReasons.SilentWithSpy, quiet, IsSoft: true);
        }

        string reason = isNew ? HealthReasons.CoordinatorRestarted : HealthReasons.HeartbeatLate;
        return new(WorkerState.Suspect, reason, quiet, IsSoft: true);
    }
}
