using Millrace.Common.Model;
using Millrace.Coordinator.Core.Intake;
using Millrace.Coordinator.Loop;

namespace Millrace.Coordinator.Ingest;

/// <summary>Everything that bounds what producers have under way. Sessions of workers, commits and admin calls pass by
/// none of it.</summary>
internal sealed class IngestGates(IngestLimits limits, TimeProvider time)
{
    private static readonly TimeSpan StreamRetry = TimeSpan.FromSeconds(1);

    private int _streams;
    private ulong _refusedStreams;

    /// <summary>Bytes of batches that were received and are not durable.</summary>
    public IntakeGate Batches { get; } = new(limits.MaxPendingBytes, limits.MaxPendingBytes, time, "events under way");

    /// <summary>Producers being opened.</summary>
    public IntakeGate Opening { get; } = new(limits.MaxOpening, limits.MaxWaitingToOpen, time, "producers to open");

    /// <summary>How long a plain call may wait at a gate.</summary>
    public TimeSpan MaxCallWait => limits.MaxCallWait;

    /// <summary>Lets a batch in; it leaves when it is returned to its pool.</summary>
    /// <exception cref="RefusalException">OVERLOADED.</exception>
    public async ValueTask PassAsync(
        OfferedBatch batch, IntakeFlow flow, TimeSpan longest, CancellationToken cancellation)
    {
        long charge = batch.Footprint;
        await Batches.EnterAsync(flow, charge, longest, cancellation);
        batch.Charge = charge;
    }

    public int Streams => Volatile.Read(ref _streams);

    /// <summary>Batches, openings and streams turned away since the coordinator started.</summary>
    public ulong Refused => Batches.Look().Refused + Opening.Look().Refused + Volatile.Read(ref _refusedStreams);

    public int MaxStreams => limits.MaxStreams;

    /// <summary>Counts a publish stream in; <see cref="CloseStream"/> is to follow.</summary>
    /// <returns>Null, or why there may be no more of them.</returns>
    public Refusal? OpenStream()
    {
        if (Interlocked.Increment(ref _streams) <= limits.MaxStreams)
        {
            return null;
        }

        Interlocked.Decrement(ref _streams);
        Interlocked.Increment(ref _refusedStreams);
        return IngestRefusals.Overloaded(
            $"{limits.MaxStreams} publish streams are open; close some, or try again.", StreamRetry);
    }

    public void CloseStream() => Interlocked.Decrement(ref _streams);
}
