using System.Text;
using Millrace.Common.Keys;
using Millrace.Coordinator.Core.Topics.Partitioning;
using Millrace.Simulation.Engine;
using Millrace.Simulation.Faults;

namespace Millrace.Simulation.Run;

/// <summary>What one seed looks like: sizes, limits and which faults there are. Drawn per seed, small on purpose, so
/// that edges are reached soon.</summary>
internal sealed record SimOptions
{
    /// <summary>Where tasks publish what they emit.</summary>
    public const string OutputTopic = "out";

    private const long SafetyTimeUs = 60_000_000;

    public required int Workers { get; init; }

    public required int Producers { get; init; }

    public required int Topics { get; init; }

    public required int Partitions { get; init; }

    public required int KeyGroups { get; init; }

    public required int Keys { get; init; }

    /// <summary>How many events each producer sends to each topic.</summary>
    public required int EventsPerLane { get; init; }

    /// <summary>An application makes all events of so long a time at once.</summary>
    public required long ClumpUs { get; init; }

    /// <summary>The most events that an application hands to its producer at once.</summary>
    public required int Burst { get; init; }

    /// <summary>The most bytes by which values are longer than they must be.</summary>
    public required int MaxFiller { get; init; }

    /// <summary>The most events of a producer's batch.</summary>
    public required int MaxBatchEvents { get; init; }

    public required int MaxInFlightBatches { get; init; }

    public required int SegmentBytes { get; init; }

    public required int MaxFrameBytes { get; init; }

    public required long MinLatencyUs { get; init; }

    public required long MaxLatencyUs { get; init; }

    /// <summary>How long it takes at most until the end of a machine is noticed.</summary>
    public required long SilentUs { get; init; }

    public required long MaxSyncUs { get; init; }

    public required TimeSpan Lease { get; init; }

    public required TimeSpan HeartbeatInterval { get; init; }

    public required TimeSpan CheckpointInterval { get; init; }

    public required int RetentionMs { get; init; }

    /// <summary>How far a worker's monotonic clock may run from true time, as a share of it.</summary>
    public required double ClockDrift { get; init; }

    /// <summary>Bytes of blocks that a worker allows a task before it has applied them.</summary>
    public required int CreditBytes { get; init; }

    /// <summary>Workers that commit without waiting for the answer to their upload, which the protocol
    /// forbids.</summary>
    public required bool HastyWorkers { get; init; }

    /// <summary>The most that it takes a worker to apply a block.</summary>
    public required long MaxApplyUs { get; init; }

    /// <summary>The most tasks that change hands in one step of the coordinator.</summary>
    public required int MovesPerTurn { get; init; }

    /// <summary>Cap on the journal's files, in segments.</summary>
    public required int MaxSegments { get; init; }

    /// <summary>A task emits to another topic, which another job counts.</summary>
    public required bool Relay { get; init; }

    /// <summary>Warm copies that jobs keep of each task.</summary>
    public required int Standbys { get; init; }

    /// <summary>Of all topics: by hash, by ranges of keys or by a directory of keys.</summary>
    public PartitioningSpec Partitioning { get; init; } = PartitioningSpec.Default;

    /// <summary>Batches that are under way in the coordinator, in bytes.</summary>
    public required long MaxPendingBytes { get; init; }

    /// <summary>The most snapshots of a task in a row that hold only what has changed.</summary>
    public required int SnapshotLinks { get; init; }

    /// <summary>A worker that is known to live, but says nothing, is waited for so long.</summary>
    public required TimeSpan PausedLease { get; init; }

    /// <summary>There is a spy beside each worker.</summary>
    public required bool Spies { get; init; }

    /// <summary>There is a job that cannot apply every event.</summary>
    public required bool Picky { get; init; }

    /// <summary>Some of its bad events take down the worker that applies them, each time.</summary>
    public bool Deadly { get; init; }

    public required IReadOnlyList<FaultKind> Faults { get; init; }

    /// <summary>Mean time between two faults.</summary>
    public required long FaultGapUs { get; init; }

    public long SafetyUs { get; init; } = SafetyTimeUs;

    /// <summary>So long after the last fault everything must be done. Where events take workers down, a worker goes
    /// through its tasks one after the other to find which: that takes as many times longer, the more so with the
    /// smallest credit.</summary>
    public long HealUs => (Deadly ? 3 : 1) * 120_000_000L;

    /// <summary>What a seed draws.</summary>
    public static SimOptions Of(ulong seed)
    {
        SimRandom random = new SimRandom(seed).Fork("options");
        int maxFrame = random.Pick([32, 64]) * 1024;
        double lease = random.Pick([1.0, 2.0, 5.0]);
        bool relay = random.Chance(0.5);
        // A task that emits cannot commit while its outputs find no space, and pins the space meanwhile.
        int segments = relay ? 1000 : random.Pick([6, 1000]);
        int batch = random.Pick([1, 4, 30, 200]);
        int inFlight = random.Pick([1, 3, 8]);
        long latency = random.Pick([1_000L, 20_000L, 100_000L]);
        long sync = random.Pick([500L, 10_000L, 200_000L]);
        // No more events than can be sent in time with such batches over such a network.
        long most = (long)batch * inFlight * SafetyTimeUs / 2 / ((2 * latency) + (2 * sync));
        var drawn = new SimOptions
        {
            Workers = random.Between(1, 5),
            Producers = random.Between(1, 4),
            Topics = random.Between(1, 2),
            Partitions = random.Pick([1, 2, 3, 5, 8]),
            KeyGroups = random.Pick([8, 16, 64]),
            Keys = random.Pick([3, 20, 200]),
            EventsPerLane = (int)Math.Min(most, random.Between(100, 600)),
            ClumpUs = random.Pick([1_000L, 300_000L, 1_500_000L]),
            Burst = random.Pick([1, 5, 40]),
            MaxFiller = random.Pick([0, 50, 400, 2000]),
            MaxBatchEvents = batch,
            MaxInFlightBatches = inFlight,
            SegmentBytes = maxFrame * random.Pick([2, 4]),
            MaxFrameBytes = maxFrame,
            MinLatencyUs = random.Pick([50L, 500L]),
            MaxLatencyUs = latency,
            SilentUs = random.Pick([500_000L, 3_000_000L, 8_000_000L]),
            MaxSyncUs = sync,
            Lease = TimeSpan.FromSeconds(lease),
            HeartbeatInterval = TimeSpan.FromSeconds(lease / random.Pick([4, 8, 20])),
            CheckpointInterval = TimeSpan.FromMilliseconds(random.Pick([200, 700, 2000])),
            RetentionMs = segments < 1000 ? random.Pick([1, 3_000]) : random.Pick([1, 3_000, 20_000]),
            ClockDrift = random.Pick([0.0, 0.01, 0.2]),
            CreditBytes = latency > 50_000 ? random.Pick([1_000, 100_000]) : random.Pick([1, 1_000, 100_000]),
            HastyWorkers = random.Chance(0.3),
            MaxApplyUs = random.Pick([10L, 1_000L, 10_000L]),
            MaxSegments = segments,
            MovesPerTurn = random.Pick([1, 4, 12]),
            Relay = relay,
            Picky = random.Fork("picky").Chance(0.35),
            Deadly = random.Fork("deadly").Chance(0.2),
            MaxPendingBytes = random.Fork("intake").Pick([maxFrame / 4L, maxFrame, int.MaxValue]),
            SnapshotLinks = random.Fork("links").Pick([0, 1, 2, 5, 100]),
            Faults = DrawFaults(random),
            FaultGapUs = random.Pick([500_000L, 1_000_000L, 2_000_000L]),
            Standbys = random.Pick([0, 0, 1, 2]),
            PausedLease = TimeSpan.FromSeconds(lease * random.Pick([1.2, 3.0])),
            Spies = random.Chance(0.7),
        };
        return drawn with { Partitioning = DrawPartitioning(random, drawn) };
    }

    private static PartitioningSpec DrawPartitioning(SimRandom random, SimOptions drawn)
    {
        PartitioningKind kind = random.Pick(
            [PartitioningKind.Hash, PartitioningKind.Hash, PartitioningKind.RangeByKey, PartitioningKind.Key]);
        byte[][] points =
        [
            .. Enumerable.Range(0, drawn.Partitions - 1).Select(i => i * drawn.Keys / drawn.Partitions)
                .Select(i => Encoding.UTF8.GetBytes($"key-{i}")).Order(KeyShare.Order),
        ];
        return kind switch
        {
            PartitioningKind.Key => new(kind, Directory: new DirectorySpec(random.Pick([2, 1_000]))),
            PartitioningKind.RangeByKey when drawn.Keys >= drawn.Partitions => new(kind, SplitPoints: points),
            _ => PartitioningSpec.Default,
        };
    }

    private static FaultKind[] DrawFaults(SimRandom random)
    {
        FaultKind[] all = Enum.GetValues<FaultKind>();
        FaultKind[] drawn = [.. all.Where(_ => random.Chance(0.6))];
        return drawn.Length > 0 ? drawn : [random.Pick(all)];
    }
}
