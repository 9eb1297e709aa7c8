namespace Millrace.Integration.Tests.Processes;

/// <summary>How a test's cluster is set up: short intervals, so that a case takes seconds.</summary>
internal sealed record ClusterOptions
{
    /// <summary>Where the coordinator listens: a loopback address.</summary>
    public string Host { get; init; } = "127.0.0.1";

    public TimeSpan Lease { get; init; } = TimeSpan.FromSeconds(2);

    /// <summary>For workers that are known to be paused; not set: no longer than <see cref="Lease"/>.</summary>
    public TimeSpan? PausedLease { get; init; }

    public TimeSpan Heartbeat { get; init; } = TimeSpan.FromMilliseconds(100);

    public TimeSpan Grace { get; init; } = TimeSpan.FromMilliseconds(250);

    public TimeSpan Checkpoint { get; init; } = TimeSpan.FromMilliseconds(150);

    /// <summary>A planted bug for every process, to see that the checks see it; empty: none.</summary>
    public string Mutant { get; init; } = "";

    /// <summary>Further settings of the coordinator, as "Section:Key=value".</summary>
    public IReadOnlyList<string> Coordinator { get; init; } = [];

    public IEnumerable<string> CoordinatorArguments(string dataDirectory, int grpcPort, int httpPort) =>
    [
        $"--Data:Directory={dataDirectory}",
        $"--Grpc:Listen={Host}:{grpcPort}",
        $"--Http:Listen={Host}:{httpPort}",
        $"--Cluster:LeaseDuration={Milliseconds(Lease)}",
        $"--Cluster:PausedLease={Milliseconds(PausedLease ?? Lease)}",
        $"--Cluster:HeartbeatInterval={Milliseconds(Heartbeat)}",
        $"--Cluster:BrokenStreamGrace={Milliseconds(Grace)}",
        $"--Checkpoint:Interval={Milliseconds(Checkpoint)}",
        "--Journal:SegmentBytes=8MiB",
        "--Log:Format=console",
        .. Coordinator.Select(setting => "--" + setting),
    ];

    private static string Milliseconds(TimeSpan time) => $"{(long)time.TotalMilliseconds}ms";
}
