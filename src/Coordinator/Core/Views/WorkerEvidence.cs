using Millrace.Coordinator.Core.Health;

namespace Millrace.Coordinator.Core.Views;

/// <summary>What a worker's state rests on.</summary>
/// <param name="Process">What is seen of its process from beside it; null: nobody has said.</param>
/// <param name="ProcessAge">How long ago that was said.</param>
/// <param name="ExitCode">128 and the signal's number for a signal; null: it has not ended, or nobody knows.</param>
/// <param name="Phi">Of its present silence.</param>
/// <param name="SuspectAfter">Silence after which it is suspect.</param>
/// <param name="LostAfter">Silence after which it is lost, unless its spy says that it lives.</param>
internal sealed record WorkerEvidence(
    ProcessState? Process, TimeSpan ProcessAge, int? ExitCode, double Phi, TimeSpan SuspectAfter, TimeSpan LostAfter)
{
    public static WorkerEvidence None { get; } = new(null, default, null, 0, default, default);

    public static WorkerEvidence Of(Vitals vitals, TimeSpan now, CoordinatorPolicy policy)
    {
        HeartbeatRhythm rhythm = vitals.Rhythm;
        return new WorkerEvidence(
            vitals.Seen?.State,
            now - (vitals.Seen?.At ?? now),
            vitals.Seen?.ExitCode,
            Health.Phi.Of((now - vitals.LastHeard - rhythm.Mean) / rhythm.Deviation),
            Diagnosis.SuspectAfter(rhythm, policy),
            vitals.Seen is null ? policy.Lease : Diagnosis.LostAfter(rhythm, policy));
    }
}
