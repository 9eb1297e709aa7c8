using Millrace.Coordinator.Core.Incidents;
using Millrace.Coordinator.Storage;

namespace Millrace.Coordinator.Scrub;

/// <summary>The control snapshots.</summary>
internal sealed class ControlScrub(ControlSnapshotWriter snapshots) : IScrubbed
{
    public IEnumerable<ScrubPiece> Pass()
    {
        foreach (ulong position in snapshots.Positions())
        {
            (long bytes, string? damage) = snapshots.Check(position);
            yield return new ScrubPiece(
                bytes, damage is null ? null : new ControlSnapshotDamageFound(position, damage));
        }
    }
}
