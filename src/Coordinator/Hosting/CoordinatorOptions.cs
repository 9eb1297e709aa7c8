using Millrace.Common.Hosting;
using Millrace.Coordinator.Core;
using Millrace.Coordinator.Core.Health;
using Millrace.Coordinator.Ingest;
using Millrace.Coordinator.Journal;
using Millrace.Coordinator.Scrub;

namespace Millrace.Coordinator.Hosting;

/// <summary>Everything that a coordinator is told when it starts, checked.</summary>
internal sealed record CoordinatorOptions
{
    /// <summary>How many heartbeats at the least fit into a lease, so that a single late one costs nobody a
    /// task.</summary>
    private const int HeartbeatsPerLease = 4;

    private const int MinSegments = 4;

    public required ListenAddress Grpc { get; init; }

    public required ListenAddress Http { get; init; }

    /// <summary>Full path.</summary>
    public required string DataDirectory { get; init; }

    public CoordinatorPolicy Policy { get; init; } = CoordinatorPolicy.Default;

    /// <summary>For a new data directory; an existing one keeps its own.</summary>
    public JournalGeometry Geometry { get; init; } = JournalGeometry.Default;

    public JournalLimits JournalLimits { get; init; } = JournalLimits.Default;

    public IngestLimits IngestLimits { get; init; } = new();

    public ScrubOptions Scrub { get; init; } = ScrubOptions.Default;

    /// <exception cref="StartupException">CONFIG_BAD_VALUE: two values do not go together.</exception>
    public static CoordinatorOptions From(Settings settings)
    {
        TimeSpan lease = settings.Get(CoordinatorSettings.LeaseDuration);
        TimeSpan heartbeat = settings.Get(CoordinatorSettings.HeartbeatInterval);
        if (heartbeat * HeartbeatsPerLease > lease)
        {
            throw Bad(
                $"Cluster:HeartbeatInterval = {Quantity.Format(heartbeat)} is too long for a lease of "
                + Quantity.Format(lease),
                $"at least {HeartbeatsPerLease} heartbeats must fit into a lease",
                $"Cluster:HeartbeatInterval = {Quantity.Format(lease / HeartbeatsPerLease)} or less");
        }

        long segment = settings.Get(CoordinatorSettings.SegmentBytes);
        if (segment % JournalGeometry.Default.Alignment != 0)
        {
            throw Bad(
                $"Journal:SegmentBytes = {Quantity.FormatSize(segment)} is not a multiple of 4KiB",
                "frames start at multiples of 4KiB",
                "Journal:SegmentBytes = 64MiB");
        }

        long max = settings.Get(CoordinatorSettings.MaxBytes);
        if (max < segment * MinSegments)
        {
            throw Bad(
                $"Journal:MaxBytes = {Quantity.FormatSize(max)} is too small for segments of "
                + Quantity.FormatSize(segment),
                $"a journal needs space for at least {MinSegments} segments",
                $"Journal:MaxBytes = {Quantity.FormatSize(segment * MinSegments)} or more");
        }

        return new CoordinatorOptions
        {
            Grpc = settings.Get(CoordinatorSettings.GrpcListen),
            Http = settings.Get(CoordinatorSettings.HttpListen),
            DataDirectory = Path.GetFullPath(settings.Get(CoordinatorSettings.DataDirectory)),
            Policy = CoordinatorPolicy.Default with
            {
                Lease = lease,
                Detection = DetectionFrom(settings, lease),
                HeartbeatInterval = heartbeat,
                BrokenStreamGrace = settings.Get(CoordinatorSettings.BrokenStreamGrace),
                RestoreWithin = settings.Get(CoordinatorSettings.RestoreWithin),
                CheckpointInterval = settings.Get(CoordinatorSettings.CheckpointInterval),
                RebalanceInterval = settings.Get(CoordinatorSettings.RebalanceInterval),
                MoveCooldown = settings.Get(CoordinatorSettings.MoveCooldown),
            },
            Geometry = JournalGeometry.Default with { SegmentBytes = segment },
            JournalLimits = JournalLimits.Default with { MaxBytes = max },
            Scrub = new ScrubOptions(
                settings.Get(CoordinatorSettings.ScrubBytesPerSecond), settings.Get(CoordinatorSettings.ScrubInterval)),
            IngestLimits = new IngestLimits((int)settings.Get(CoordinatorSettings.MaxBatchBytes))
            {
                MaxPendingBytes = settings.Get(CoordinatorSettings.MaxPendingBytes),
                MaxStreams = settings.Get(CoordinatorSettings.MaxStreams),
            },
        };
    }

    private static DetectionPolicy DetectionFrom(Settings settings, TimeSpan lease)
    {
        TimeSpan paused = settings.Get(CoordinatorSettings.PausedLease);
        if (paused < lease)
        {
            throw Bad(
                $"Cluster:PausedLease = {Quantity.Format(paused)} is shorter than the lease of "
                + Quantity.Format(lease),
                "a worker that is known to live must not be given up sooner than one that is not",
                $"Cluster:PausedLease = {Quantity.Format(lease)} or more");
        }

        return new DetectionPolicy
        {
            PausedLease = paused,
            SuspectPhi = settings.Get(CoordinatorSettings.SuspectPhi),
            LostPhi = settings.Get(CoordinatorSettings.LostPhi),
        };
    }

    private static StartupException Bad(string what, string why, string tryThis) =>
        new(what, why, tryThis, "CONFIG_BAD_VALUE", ExitCodes.Usage);
}
