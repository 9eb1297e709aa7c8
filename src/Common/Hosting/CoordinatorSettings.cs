namespace Millrace.Common.Hosting;

/// <summary>The coordinator's configuration keys.</summary>
public static class CoordinatorSettings
{
    public static readonly Setting<ListenAddress> GrpcListen = Setting.Listen(
        "Grpc:Listen", "127.0.0.1:7400", "Where gRPC (HTTP/2 without TLS) listens.");

    public static readonly Setting<ListenAddress> HttpListen = Setting.Listen(
        "Http:Listen", "127.0.0.1:7401", "Where probes and the snapshot (HTTP/1.1) listen.");

    public static readonly Setting<string> DataDirectory = Setting.Text(
        "Data:Directory",
        "millrace-data",
        "a path",
        "Where the journal, the snapshots and endpoints.json are kept; made when missing.",
        text => text.Length == 0 ? null : text);

    public static readonly Setting<TimeSpan> LeaseDuration = Setting.Duration(
        "Cluster:LeaseDuration",
        "3s",
        TimeSpan.FromMilliseconds(500),
        TimeSpan.FromMinutes(10),
        "How long a heartbeat lets a silent worker keep its tasks, at the most.");

    public static readonly Setting<TimeSpan> PausedLease = Setting.Duration(
        "Cluster:PausedLease",
        "15s",
        TimeSpan.FromMilliseconds(500),
        TimeSpan.FromMinutes(10),
        "How long a silent worker keeps its tasks whose spy says that it lives; at least the lease.");

    public static readonly Setting<int> SuspectPhi = Setting.Count(
        "Cluster:SuspectPhi", 5, 1, 30, "Phi of a worker's silence at which nothing new is placed on it.");

    public static readonly Setting<int> LostPhi = Setting.Count(
        "Cluster:LostPhi", 8, 1, 30, "Phi at which a worker is given up that is silent together with its spy.");

    public static readonly Setting<TimeSpan> HeartbeatInterval = Setting.Duration(
        "Cluster:HeartbeatInterval",
        "250ms",
        TimeSpan.FromMilliseconds(20),
        TimeSpan.FromMinutes(1),
        "How often a worker renews its lease; at most a quarter of the lease.");

    public static readonly Setting<TimeSpan> BrokenStreamGrace = Setting.Duration(
        "Cluster:BrokenStreamGrace",
        "500ms",
        TimeSpan.Zero,
        TimeSpan.FromMinutes(10),
        "How long a worker whose control stream broke may take to come back before its tasks move.");

    public static readonly Setting<TimeSpan> RestoreWithin = Setting.Duration(
        "Cluster:RestoreWithin",
        "1m",
        TimeSpan.FromSeconds(1),
        TimeSpan.FromHours(24),
        "How long a worker may take to restore a task before it starts over elsewhere; each time twice as long.");

    public static readonly Setting<TimeSpan> CheckpointInterval = Setting.Duration(
        "Checkpoint:Interval",
        "2s",
        TimeSpan.FromMilliseconds(50),
        TimeSpan.FromHours(1),
        "How often a task that has applied events stores and commits its state.");

    public static readonly Setting<TimeSpan> RebalanceInterval = Setting.Duration(
        "Rebalance:Interval",
        "2s",
        TimeSpan.FromMilliseconds(100),
        TimeSpan.FromHours(1),
        "How often load is looked at; it must be uneven three times in a row before anything is moved for it.");

    public static readonly Setting<TimeSpan> MoveCooldown = Setting.Duration(
        "Rebalance:MoveCooldown",
        "60s",
        TimeSpan.Zero,
        TimeSpan.FromDays(1),
        "How long a task that was moved is not moved again for load.");

    public static readonly Setting<long> SegmentBytes = Setting.Size(
        "Journal:SegmentBytes",
        "64MiB",
        8L << 20,
        4L << 30,
        "Size of one journal file; fixed when the data directory is made.");

    public static readonly Setting<long> MaxBytes = Setting.Size(
        "Journal:MaxBytes",
        "16GiB",
        64L << 20,
        1L << 50,
        "Space that the journal may take; producers are refused when it is full.");

    public static readonly Setting<long> MaxBatchBytes = Setting.Size(
        "Ingest:MaxBatchBytes", "1MiB", 1L << 10, 1L << 20, "The largest encoded batch that Publish takes.");

    public static readonly Setting<long> ScrubBytesPerSecond = Setting.Size(
        "Scrub:BytesPerSecond",
        "16MiB",
        0,
        16L << 30,
        "The most that is read each second to find damage on the disk before it matters; 0B: it is not looked for.");

    public static readonly Setting<TimeSpan> ScrubInterval = Setting.Duration(
        "Scrub:Interval",
        "10s",
        TimeSpan.FromMilliseconds(100),
        TimeSpan.FromDays(7),
        "Least time from one look over all files on the disk to the next.");

    public static readonly Setting<long> MaxPendingBytes = Setting.Size(
        "Ingest:MaxPendingBytes",
        "64MiB",
        1L << 20,
        1L << 40,
        "Batches received and not durable yet, in bytes of memory; producers are slowed down beyond it.");

    public static readonly Setting<int> MaxStreams = Setting.Count(
        "Ingest:MaxStreams", 4096, 1, 100_000, "Publish streams open at a time; more are refused.");

    public static IReadOnlyList<Setting> All { get; } =
    [
        GrpcListen, HttpListen, DataDirectory, LeaseDuration, PausedLease, SuspectPhi, LostPhi, HeartbeatInterval,
        BrokenStreamGrace, RestoreWithin, CheckpointInterval, RebalanceInterval, MoveCooldown, SegmentBytes, MaxBytes,
        MaxBatchBytes, ScrubBytesPerSecond, ScrubInterval,
        MaxPendingBytes, MaxStreams,
    ];
}
