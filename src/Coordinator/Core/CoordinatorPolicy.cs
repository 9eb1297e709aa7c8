using Millrace.Common.Model;
using Millrace.Coordinator.Core.Health;

namespace Millrace.Coordinator.Core;

/// <summary>Every number that the machine decides by. It changes decisions, never what a record means.</summary>
internal sealed record CoordinatorPolicy
{
    public static CoordinatorPolicy Default { get; } = new();

    /// <summary>A silent worker keeps its tasks for this long at the most, unless it is known to live.</summary>
    public TimeSpan Lease { get; init; } = TimeSpan.FromSeconds(3);

    public DetectionPolicy Detection { get; init; } = new();

    public TimeSpan HeartbeatInterval { get; init; } = TimeSpan.FromMilliseconds(250);

    /// <summary>A worker whose control stream broke has this long to open another.</summary>
    public TimeSpan BrokenStreamGrace { get; init; } = TimeSpan.FromMilliseconds(500);

    public TimeSpan CheckpointInterval { get; init; } = TimeSpan.FromSeconds(2);

    /// <summary>A tick this late means that the coordinator itself stood still: nobody is blamed for that
    /// time.</summary>
    public TimeSpan OwnPause { get; init; } = TimeSpan.FromMilliseconds(500);

    /// <summary>How long a newcomer must have been alive before tasks are moved to it.</summary>
    public TimeSpan JoinSettle { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>Lost and left workers are shown for this long.</summary>
    public TimeSpan ForgetWorkerAfter { get; init; } = TimeSpan.FromHours(1);

    /// <summary>A producer that stores nothing for this long expires.</summary>
    public TimeSpan ProducerExpiry { get; init; } = TimeSpan.FromDays(7);

    /// <summary>The most orphans placed by one input, so that its records fit a frame; the rest follow at the next
    /// tick.</summary>
    public int MovesPerTurn { get; init; } = 500;

    /// <summary>The most workers given up by one tick, for the same reason.</summary>
    public int LossesPerTick { get; init; } = 100;

    /// <summary>Planned moves copy the state first and switch after; off: the new owner starts from the last
    /// commit.</summary>
    public bool WarmMoves { get; init; } = true;

    /// <summary>Warm copies that a worker makes at a time, and moves of a drain unless it says otherwise.</summary>
    public int TransfersPerWorker { get; init; } = 2;

    /// <summary>A copy takes over when it has all that was stored so long ago. Real lags are much smaller: copies
    /// report every 50 ms.</summary>
    public TimeSpan TransferLag { get; init; } = TimeSpan.FromMilliseconds(150);

    /// <summary>What the lag may grow to for a copy that has tried for long.</summary>
    public TimeSpan TransferLagMost { get; init; } = TimeSpan.FromSeconds(2);

    /// <summary>A copy that has not taken over by then is given up.</summary>
    public TimeSpan TransferDeadline { get; init; } = TimeSpan.FromMinutes(2);

    /// <summary>After a failed transfer of a task nothing of its own accord is tried with it for this long.</summary>
    public TimeSpan TransferRest { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>The most standbys that a job may ask for.</summary>
    public int MaxStandbys { get; init; } = 3;

    /// <summary>How often it is looked whether every task has the standbys that its job asks for.</summary>
    public TimeSpan StandbyInterval { get; init; } = TimeSpan.FromMilliseconds(250);

    /// <summary>A standby that has been behind the older commit for this long starts anew from the newer
    /// one.</summary>
    public TimeSpan StandbyLagMost { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>How long a task without an owner waits for the word of a standby that follows. Standbys report four
    /// times a second.</summary>
    public TimeSpan StandbyPatience { get; init; } = TimeSpan.FromMilliseconds(500);

    /// <summary>How long a living worker may take to restore a task before it starts over elsewhere; doubled with each
    /// attempt.</summary>
    public TimeSpan RestoreWithin { get; init; } = TimeSpan.FromMinutes(1);

    /// <summary>After so many attempts a task that is not restored stays where it is.</summary>
    public int MostRestores { get; init; } = 4;

    /// <summary>Operations that run at a time.</summary>
    public int MaxOperations { get; init; } = 64;

    /// <summary>A task that was moved by a plan or an operator is not moved again to even out load for this
    /// long.</summary>
    public TimeSpan MoveCooldown { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>How often load is looked at.</summary>
    public TimeSpan RebalanceInterval { get; init; } = TimeSpan.FromSeconds(2);

    /// <summary>Load must be uneven in so many looks in a row before anything is moved for it.</summary>
    public int RebalanceRounds { get; init; } = 3;

    /// <summary>The most moves that follow the loss of a worker at once, to even out what it left.</summary>
    public int FollowUpMoves { get; init; } = 16;

    /// <summary>The most moves of one plan.</summary>
    public int MaxPlanMoves { get; init; } = 500;

    /// <summary>A plan that nobody applied by then is void.</summary>
    public TimeSpan PlanExpiry { get; init; } = TimeSpan.FromMinutes(10);

    /// <summary>The most planned moves to newcomers by one tick.</summary>
    public int JoinMovesPerTick { get; init; } = 8;

    /// <summary>The most producers that expire by one tick.</summary>
    public int ExpiriesPerTick { get; init; } = 100;

    public int MaxProducers { get; init; } = 100_000;

    /// <summary>Names of expired producers that are remembered, so that none starts over unnoticed.</summary>
    public int MaxExpiredProducers { get; init; } = 1_000_000;

    /// <summary>Pairs of producer and topic.</summary>
    public int MaxProducerTopics { get; init; } = 1_000_000;

    public int MaxTopics { get; init; } = 1_000;

    public int MaxPartitionsPerTopic { get; init; } = 1_024;

    public int MaxPartitions { get; init; } = 65_536;

    /// <summary>The most partitions that a topic has in its whole life: no index is given twice.</summary>
    public int MaxPartitionIndices { get; init; } = 1 << 18;

    public int MaxKeyGroups { get; init; } = 131_072;

    public int DefaultPartitions { get; init; } = 16;

    public int DefaultKeyGroups { get; init; } = 4_096;

    public TimeSpan DefaultRetention { get; init; } = TimeSpan.FromDays(7);

    public int MaxJobs { get; init; } = 1_000;

    public int MaxTasks { get; init; } = 65_536;

    public int MaxWorkers { get; init; } = 1_000;

    /// <summary>Operators that jobs may name, and the name of the one stage that each runs in.</summary>
    public IReadOnlyList<string> Operators { get; init; } = ["count", "sum"];

    /// <summary>Dead letters that are kept of one job; at one more its task stops.</summary>
    public int MaxDeadLetters { get; init; } = 1_000;

    /// <summary>The most bytes of an event that can be a dead letter.</summary>
    public int MaxDeadLetterBytes { get; init; } = BadEventBounds.MaxEntryBytes;

    /// <summary>The most bytes of a job's dead letters.</summary>
    public long MaxDeadLetterBytesPerJob { get; init; } = 8 << 20;
}
