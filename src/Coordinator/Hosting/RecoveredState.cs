using Microsoft.Extensions.Logging;
using Millrace.Common.Files;
using Millrace.Common.Hosting;
using Millrace.Coordinator.Core;
using Millrace.Coordinator.Core.Recovery;
using Millrace.Coordinator.Journal;
using Millrace.Coordinator.Logs;
using Millrace.Coordinator.Storage;

namespace Millrace.Coordinator.Hosting;

/// <summary>What a data directory holds: control state up to the journal's end, the repaired journal, and the number of
/// the life that begins now.</summary>
/// <param name="Engine">The taker disposes of it.</param>
internal sealed record RecoveredState(
    CoordinatorState State,
    JournalEngine Engine,
    ControlSnapshotFile ControlSnapshots,
    ulong Incarnation,
    string ClusterName)
{
    private const string NewClusterName = "millrace";

    /// <exception cref="StartupException">The data directory cannot be used; says why and what to do.</exception>
    public static RecoveredState Load(CoordinatorOptions options, ILogger log)
    {
        try
        {
            return Replay(options, log);
        }
        catch (Exception damage) when (damage is JournalDamagedException or FileDamagedException or StateException
            or InvalidDataException)
        {
            throw new StartupException(
                $"the data directory {options.DataDirectory} is damaged",
                damage.Message,
                "restore it from a backup; nothing in it was thrown away",
                "DATA_DAMAGED",
                ExitCodes.Failed);
        }
    }

    private static RecoveredState Replay(CoordinatorOptions options, ILogger log)
    {
        var incarnations = new IncarnationFile(options.DataDirectory, NewClusterName);
        var snapshots = new ControlSnapshotFile(Path.Combine(options.DataDirectory, "control"));
        StoredControlSnapshot? stored = snapshots.Load(log.ControlSnapshotDamaged);
        CoordinatorState state = stored is null
            ? new CoordinatorState()
            : CoordinatorState.FromSnapshot(ControlSnapshotCodec.Decode(stored.Bytes.Span));
        string directory = Path.Combine(options.DataDirectory, "journal");
        JournalGeometry geometry = GeometryFile.LoadOrCreate(directory, options.Geometry);
        if (geometry != options.Geometry)
        {
            log.SegmentBytesKept(options.Geometry.SegmentBytes, geometry.SegmentBytes);
        }

        JournalEngine engine = JournalEngine.Recover(
            new FileSegments(directory), geometry, options.JournalLimits, state.Position, state.Apply);
        RecoveryReport report = engine.Recovered;
        log.Recovered(report.End, report.Frames, report.RewrittenBytes, report.Torn);
        if (report.CutBytes > 0)
        {
            log.JournalCut(report.CutBytes, report.CutFrom);
        }

        ulong incarnation = incarnations.Begin(Math.Max(report.Incarnation, state.Incarnation));
        return new RecoveredState(state, engine, snapshots, incarnation, incarnations.ClusterName);
    }
}
