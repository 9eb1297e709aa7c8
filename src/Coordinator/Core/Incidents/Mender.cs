using Millrace.Common.Model;
using Millrace.Coordinator.Core.Membership;
using Millrace.Coordinator.Core.Placement;

namespace Millrace.Coordinator.Core.Incidents;

/// <summary>
/// Sees to it that damage on the disk is not needed any more before somebody needs it: living owners and the
/// coordinator itself write anew what can be written anew.
/// </summary>
internal sealed class Mender(Turn turn, MemberTable members, IncidentDesk desk)
{
    private static readonly TimeSpan _interval = TimeSpan.FromSeconds(1);

    private TimeSpan _next;

    public void Found(DamageFound found)
    {
        switch (found)
        {
            case SnapshotDamageFound snapshot:
                desk.Raise(IncidentDesk.Of(
                    EventLevel.Crit,
                    IncidentReasons.SnapshotDamaged,
                    SubjectOf(snapshot.Name),
                    $"{found.Detail} A restore would use the snapshot before it and replay more.",
                    "The task's owner is asked for another snapshot, which ends the incident. The disk is not to be "
                        + "trusted: check it (smartctl, dmesg) and plan to replace it.",
                    snapshot.Name.Position));
                break;
            case ControlSnapshotDamageFound control:
                desk.Raise(IncidentDesk.Of(
                    EventLevel.Crit,
                    IncidentReasons.ControlSnapshotDamaged,
                    $"control/{control.Position}",
                    $"{found.Detail} A start would use the one before it and replay more.",
                    "Two new control snapshots are written, which ends the incident. The disk is not to be trusted: "
                        + "check it (smartctl, dmesg) and plan to replace it.",
                    control.Position));
                break;
            case JournalDamageFound { SegmentEnd: var end } journal when end > turn.State.Marks.Trimmed:
                desk.Raise(IncidentDesk.Of(
                    EventLevel.Crit,
                    IncidentReasons.JournalDamaged,
                    $"journal/{journal.File}",
                    $"{found.Detail} Events there cannot be read again.",
                    "Tasks and the coordinator write snapshots, so that neither a failover nor a start needs the "
                        + "segment; do not restart the coordinator before it has gone on to the next segment. Readers "
                        + "and new jobs that begin below stop there until retention gives the segment up. Check the "
                        + "disk (smartctl, dmesg) and plan to replace it.",
                    end));
                break;
        }

        _next = TimeSpan.Zero;
    }

    /// <summary>Asks again until nobody needs what is damaged: whom it asked before may be gone.</summary>
    public void Tick()
    {
        desk.PutDown();
        if (turn.Now.Uptime < _next)
        {
            return;
        }

        _next = turn.Now.Uptime + _interval;
        foreach (Incident incident in turn.State.Incidents.Unresolved.ToArray())
        {
            switch (incident.Reason)
            {
                case IncidentReasons.SnapshotDamaged:
                    MendSnapshot(incident);
                    break;
                case IncidentReasons.ControlSnapshotDamaged:
                    turn.Emit(new WantControlSnapshots(incident.Position));
                    break;
                case IncidentReasons.JournalDamaged:
                    MendJournal(incident);
                    break;
            }
        }
    }

    /// <summary>A task has stored the snapshot of its newest commit once more.</summary>
    public void StoredAgain(AssignedTask task)
    {
        if (SnapshotName.TryParse(task.Restore.SnapshotId, out SnapshotName name)
            && turn.State.Incidents.FindUnresolved(IncidentReasons.SnapshotDamaged, SubjectOf(name)) is { } incident)
        {
            desk.Resolve(incident, "The task's owner has stored the same snapshot once more.");
        }
    }

    /// <summary>How far control snapshots have come.</summary>
    /// <param name="older">Position of the older of the two that are kept.</param>
    public void Kept(ulong older)
    {
        foreach (Incident incident in turn.State.Incidents.Unresolved
            .Where(i => i.Reason == IncidentReasons.ControlSnapshotDamaged && i.Position < older).ToArray())
        {
            desk.Resolve(incident, "Two newer control snapshots are written.");
        }
    }

    private static string SubjectOf(SnapshotName name) => $"snapshots/{name}";

    private void MendSnapshot(Incident incident)
    {
        string id = incident.Subject[(incident.Subject.IndexOf('/') + 1)..];
        AssignedTask? task = SnapshotName.TryParse(id, out SnapshotName name)
            ? turn.State.Assignments.Find(name.Task)
            : null;
        bool isNeeded = task?.Snapshots.Contains(id) == true
            || turn.State.Assignments.Retired.All.Any(t => t.Snapshots.Contains(id));
        if (!isNeeded)
        {
            desk.Resolve(incident, "Nobody needs the snapshot any more.");
        }
        else if (task?.Restore.SnapshotId == id)
        {
            Ask(task);
        }
    }

    /// <summary>A task with nothing to read needs no replay; of the others both commits must be above.</summary>
    private void MendJournal(Incident incident)
    {
        if (turn.State.Marks.Trimmed >= incident.Position)
        {
            desk.Resolve(incident, "Nobody needs the segment any more.");
            return;
        }

        if (turn.State.Position <= incident.Position)
        {
            return;
        }

        turn.Emit(new WantControlSnapshots(incident.Position));
        foreach (AssignedTask task in turn.State.Assignments.All)
        {
            if (task.OlderRestore.Position < incident.Position
                && turn.State.Partitions.Get(task.Partition).NextOffset > task.Restore.NextOffset)
            {
                Ask(task);
            }
        }
    }

    private void Ask(AssignedTask task)
    {
        if (members.Holder(task.Owner) is { } owner)
        {
            turn.Tell(owner, new TakeSnapshot(task.Id, task.Epoch));
        }
    }
}
