using Microsoft.Extensions.Logging;
using Millrace.Coordinator.Core;
using Millrace.Coordinator.Dispatch;
using Millrace.Coordinator.Ingest;
using Millrace.Coordinator.Journal;
using Millrace.Coordinator.Loop;
using Millrace.Coordinator.Rpc.Audit;
using Millrace.Coordinator.Scrub;
using Millrace.Coordinator.Storage;

namespace Millrace.Coordinator.Hosting;

/// <summary>The parts of a coordinator behind its services, running: journal, loop, dispatch, ingest and
/// stores.</summary>
internal sealed class CoordinatorParts : IAsyncDisposable
{
    private readonly ControlSnapshotWriter _controlSnapshots;
    private readonly HotKeyReports _hotKeyReports;
    private readonly DamageReports _damage;
    private readonly ScrubWalk _scrub;
    private readonly Scrubber? _scrubber;

    private CoordinatorParts(
        CoordinatorOptions options,
        RecoveredState recovered,
        SnapshotStore snapshots,
        ILoggerFactory logs,
        Action<string, Exception> fatal)
    {
        Logs = logs;
        Snapshots = snapshots;
        _controlSnapshots = new ControlSnapshotWriter(
            recovered.ControlSnapshots, recovered.Incarnation, logs.CreateLogger<ControlSnapshotWriter>());
        Journal = new FileJournal(recovered.Engine, recovered.Incarnation, TimeProvider.System, fatal);
        Audit = new JournalAudit(Journal);
        Dispatch = new Dispatcher(
            Journal, new DispatchLimits(), TimeProvider.System, logs.CreateLogger<Dispatcher>());
        var ports = new LoopPorts(
            new AuditedDispatch(Dispatch, Audit, logs.CreateLogger("Millrace.Cluster")),
            Snapshots,
            _controlSnapshots,
            TimeProvider.System,
            fatal,
            logs.CreateLogger<CoordinatorLoop>());
        Loop = new CoordinatorLoop(
            new CoordinatorMachine(recovered.State, options.Policy), Journal, ports, recovered.Incarnation);
        Ingest = new IngestHandlers(
            Loop, Loop, options.IngestLimits, TimeProvider.System, logs.CreateLogger<IngestHandlers>());
        _hotKeyReports = new HotKeyReports(Ingest.HotKeys, Loop, TimeProvider.System);
        _damage = new DamageReports(Loop);
        Journal.Damaged = _damage.Found;
        _scrub = new ScrubWalk(
            [new ControlScrub(_controlSnapshots), new SnapshotScrub(Snapshots), new JournalScrub(Journal)],
            options.Scrub,
            TimeProvider.System,
            _damage.Found);
        _scrubber = options.Scrub.BytesPerSecond > 0
            ? new Scrubber(_scrub, logs.CreateLogger<Scrubber>())
            : null;
        Loop.Start(new StartCoordinator(recovered.Incarnation, recovered.ClusterName));
    }

    public ILoggerFactory Logs { get; }

    public FileJournal Journal { get; }

    public CoordinatorLoop Loop { get; }

    public Dispatcher Dispatch { get; }

    public IngestHandlers Ingest { get; }

    public SnapshotStore Snapshots { get; }

    public JournalAudit Audit { get; }

    public ScrubStatus Scrub => _scrub.Status;

    /// <summary>Recovers and starts; returns when calls can be answered. The data directory is locked by the
    /// caller.</summary>
    /// <param name="fatal">Must end the process: gets what was being done and why it failed.</param>
    /// <exception cref="Common.Hosting.StartupException">The data directory cannot be used.</exception>
    public static async Task<CoordinatorParts> StartAsync(
        CoordinatorOptions options, ILoggerFactory logs, Action<string, Exception> fatal)
    {
        SnapshotStore snapshots = SnapshotStore.Open(
            Path.Combine(options.DataDirectory, "snapshots"), logs.CreateLogger<SnapshotStore>());
        try
        {
            RecoveredState recovered = await Task.Run(
                () => RecoveredState.Load(options, logs.CreateLogger<RecoveredState>()));
            var parts = new CoordinatorParts(options, recovered, snapshots, logs, fatal);
            await parts.Loop.Started;
            return parts;
        }
        catch
        {
            await snapshots.DisposeAsync();
            throw;
        }
    }

    /// <summary>What was handed in becomes durable or is refused; then everything closes, with a mark at the journal's
    /// end.</summary>
    public async ValueTask DisposeAsync()
    {
        if (_scrubber is not null)
        {
            await _scrubber.DisposeAsync();
        }

        await _damage.DisposeAsync();
        await _hotKeyReports.DisposeAsync();
        await Loop.DisposeAsync();
        await _controlSnapshots.DisposeAsync();
        await Journal.DisposeAsync();
        Dispatch.Dispose();
        await Snapshots.DisposeAsync();
    }
}
