using System.Globalization;
using Millrace.Coordinator.Core;
using Millrace.Coordinator.Core.Recovery;
using Millrace.Coordinator.Core.Retention;
using Millrace.Coordinator.Loop;
using Millrace.Coordinator.Storage;
using Millrace.Simulation.Disk;
using Millrace.Simulation.Run;

namespace Millrace.Simulation.Coordinators;

/// <summary>Control snapshots on the simulated disk; two are kept.</summary>
internal sealed class SimControlSnapshots : IControlSnapshots
{
    private const string Directory = "/control";
    private const string Temporary = Directory + "/new";

    private readonly CoordinatorNode _node;
    private bool _busy;

    public SimControlSnapshots(CoordinatorNode node)
    {
        _node = node;
        OlderPosition = Positions(node.Disk.Disk) is [.., var older, _] ? older : 0;
    }

    public ulong OlderPosition { get; private set; }

    public ulong NewestPosition => Positions(_node.Disk.Disk) is [.., var newest] ? newest : 0;

    /// <summary>The state of the newest good snapshot, and its position; an empty state when there is none.</summary>
    public static (CoordinatorState State, ulong Position) Load(CoordinatorNode node)
    {
        SimDisk disk = node.Disk.Disk;
        MarkSpacing spacing = node.World.Options.ToMarkSpacing();
        // A crash may have come between a rename and its directory sync: after this one every name counts.
        disk.SyncDirectory(Directory);
        if (Positions(disk) is not [.., var newest])
        {
            return (new CoordinatorState(spacing), 0);
        }

        node.World.Trace.Add("recovers from a control snapshot", node.Name, newest);
        ControlSnapshot snapshot = ControlSnapshotCodec.Decode(disk.Find(PathOf(newest))!.Content);
        return (CoordinatorState.FromSnapshot(snapshot, spacing), snapshot.Position);
    }

    public bool TryWrite(ControlSnapshot snapshot)
    {
        if (_busy)
        {
            return false;
        }

        _busy = true;
        byte[] bytes = ControlSnapshotCodec.Encode(snapshot);
        _node.AfterUs(_node.Disk.SyncUs(), () =>
        {
            SimDisk disk = _node.Disk.Disk;
            SimFiles.WriteAtomically(disk, Temporary, PathOf(snapshot.Position), bytes);
            foreach (ulong old in Positions(disk).SkipLast(2))
            {
                disk.Delete(PathOf(old));
            }

            _node.World.Trace.Add("control snapshot", _node.Name, snapshot.Position);
            _node.World.History.Measure("control snapshots", Positions(disk).Count, 2);
            OlderPosition = Positions(disk) is [.., var older, _] ? older : 0;
            _busy = false;
        });
        return true;
    }

    private static string PathOf(ulong position) =>
        string.Create(CultureInfo.InvariantCulture, $"{Directory}/{position:D16}");

    private static List<ulong> Positions(SimDisk disk)
    {
        List<ulong> positions =
        [
            .. disk.Files(Directory).Where(p => p != Temporary)
                .Select(p => ulong.Parse(p.AsSpan(Directory.Length + 1), CultureInfo.InvariantCulture)).Order(),
        ];
        return positions;
    }
}
