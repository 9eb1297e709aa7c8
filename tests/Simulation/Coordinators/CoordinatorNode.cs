using Millrace.Checking.Logs;
using Millrace.Common.Files;
using Millrace.Coordinator.Core;
using Millrace.Coordinator.Core.Topics;
using Millrace.Coordinator.Core.Views;
using Millrace.Coordinator.Journal;
using Millrace.Simulation.Engine;
using Millrace.Simulation.Network;
using Millrace.Simulation.Nodes;

namespace Millrace.Simulation.Coordinators;

/// <summary>The machine on which the coordinator runs.</summary>
internal sealed class CoordinatorNode : SimNode, ICoordinatorAddress
{
    private const long RestartUs = 200_000;

    private CoordinatorProcess? _process;

    public CoordinatorNode(World world)
        : base(world, "coordinator", drift: 0)
    {
        Disk = new CoordinatorDisk(world.Scheduler, Random.Fork("disk"), world.Options.MaxSyncUs);
        Archive = new JournalArchive(Disk, world.Trace);
    }

    public CoordinatorDisk Disk { get; }

    public JournalArchive Archive { get; }

    /// <summary>How the present process routes events; null while none serves.</summary>
    public Routing? Routing => IsUp ? _process?.Routing : null;

    public StreamEnd Connect(SimNode from) =>
        World.Network.Connect(from.Life!, Name, () => Life, end => _process?.Accept(end));

    /// <summary>What the coordinator knows when all of it is durable; null when it is not, or while none
    /// serves.</summary>
    public ClusterView? SettledView() =>
        IsUp && _process is { IsIdle: true } process ? process.Machine.View(Clock.Now) : null;

    /// <summary>Runs a step of the present process after a while in true time.</summary>
    public void AfterUs(long us, Action step) => World.Scheduler.After(us, Life!, step);

    /// <summary>A frame is durable: from now on everybody must see these events at these offsets.</summary>
    public void ObserveFrame(SealedFrame frame)
    {
        World.Trace.Add("durable", Name, frame.Position, frame.End, (ulong)frame.Facts.Records.Count);
        foreach (PartitionBlock block in frame.Facts.Blocks)
        {
            List<LogEvent> events = EntryReader.Read(frame.BlockBytes(block).Span);
            for (int i = 0; i < events.Count; i++)
            {
                World.History.Observe(
                    block.Partition.Value, block.FirstOffset + (ulong)i, events[i].Number, "the coordinator");
            }
        }
    }

    /// <summary>Whether a failure of a step ends the process as it should; else it is a bug.</summary>
    public bool MayFail(Exception failure)
    {
        if (failure is JournalDamagedException && Disk.IsDamaged)
        {
            World.Trace.Add("refused damage", Name);
            World.Trace.Say(Name, failure.Message);
            Disk.Repair();
            return true;
        }

        return failure is FileFailure or ProcessDiedException;
    }

    /// <summary>The process died in a step of its own and is started again.</summary>
    public void Died(string why)
    {
        World.Trace.Say(Name, $"died: {why}");
        End(silent: false);
        Disk.ProcessDied();
        StartAfter(RestartUs);
    }

    /// <summary>The run is over; frames that are held go back to the pool, for the next run.</summary>
    public void Release() => Ended();

    protected override void Boot()
    {
        _process = CoordinatorProcess.Start(this);
        RecoveryReport report = _process.Recovered;
        World.Trace.Add("serves", Name, _process.Incarnation, report.End);
        Note("recovers a torn tail", report.Torn);
        Note("recovers and cuts", report.CutBytes > 0);
        Note("recovers and rewrites", report.RewrittenBytes > 0);
    }

    protected override void Ended()
    {
        _process?.End();
        _process = null;
    }

    private void Note(string what, bool happened)
    {
        if (happened)
        {
            World.Trace.Add(what, Name);
        }
    }
}
