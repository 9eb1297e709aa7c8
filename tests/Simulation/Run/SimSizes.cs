using Millrace.Client.Core;
using Millrace.Coordinator.Core;
using Millrace.Coordinator.Core.Health;
using Millrace.Coordinator.Core.Retention;
using Millrace.Coordinator.Dispatch;
using Millrace.Coordinator.Journal;
using Millrace.Simulation.Engine;
using Millrace.Simulation.Workers;

namespace Millrace.Simulation.Run;

/// <summary>The product's own settings for a run.</summary>
internal static class SimSizes
{
    private const int Alignment = 512;

    public static CoordinatorPolicy ToPolicy(this SimOptions options) => new()
    {
        Lease = options.Lease,
        HeartbeatInterval = options.HeartbeatInterval,
        Detection = new DetectionPolicy { PausedLease = options.PausedLease },
        CheckpointInterval = options.CheckpointInterval,
        MovesPerTurn = options.MovesPerTurn,
        JoinMovesPerTick = Math.Min(options.MovesPerTurn, 8),
        Operators = SimOperators.Names,
        MaxDeadLetters = 100_000,
        MaxDeadLetterBytesPerJob = 1 << 30,
    };

    public static JournalGeometry ToGeometry(this SimOptions options) =>
        new(Alignment, options.SegmentBytes, options.MaxFrameBytes);

    public static MarkSpacing ToMarkSpacing(this SimOptions options) =>
        new((ulong)options.SegmentBytes / 2, 2_000);

    public static JournalLimits ToLimits(this SimOptions options) => new(
        (long)options.MaxSegments * options.SegmentBytes, 0, options.MaxFrameBytes, Spares: 2);

    public static DispatchLimits ToDispatchLimits(this SimOptions options) =>
        new(RingBytes: options.MaxFrameBytes * 2, MessageBytes: options.MaxFrameBytes / 8, CatchUpFrames: 4);

    public static ProducerPolicy ToProducerPolicy(this SimOptions options, SimRandom random) => new()
    {
        MaxBatchBytes = options.MaxFrameBytes / 4,
        MaxBatchEvents = options.MaxBatchEvents,
        MaxInFlightBatches = options.MaxInFlightBatches,
        MaxInFlightBytes = options.MaxFrameBytes,
        MaxInFlightWhenPartial = Math.Min(2, options.MaxInFlightBatches),
        Linger = random.Chance(0.3) ? TimeSpan.FromMilliseconds(20) : TimeSpan.Zero,
        MaxBufferedBytes = options.MaxFrameBytes * 2,
        BackoffMin = TimeSpan.FromMilliseconds(20),
        BackoffMax = TimeSpan.FromMilliseconds(500),
        OpenWithin = TimeSpan.FromHours(1),
        GiveUpAfter = TimeSpan.FromHours(1),
    };
}
