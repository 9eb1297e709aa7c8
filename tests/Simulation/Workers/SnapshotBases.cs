using Millrace.Common.Model;
using Millrace.Worker.Core.State;

namespace Millrace.Simulation.Workers;

/// <summary>What snapshots are on top of, by their own content.</summary>
internal static class SnapshotBases
{
    /// <summary>Null: it is whole.</summary>
    public static SnapshotName? Of(byte[] content)
    {
        using var bytes = new SnapshotBytes();
        bytes.Append(content);
        return SnapshotName.TryParse(SnapshotCodec.Open(bytes).Header.Base, out SnapshotName name) ? name : null;
    }
}
