using Millrace.Coordinator.Core.Placement;

namespace Millrace.Coordinator.Core.Incidents;

/// <summary>Where incidents are raised and resolved. What is seen again and again is put down at most once in a while,
/// so that it cannot fill the journal.</summary>
internal sealed class IncidentDesk(Turn turn)
{
    /// <summary>Sightings within this time of the last record are put down together.</summary>
    public static readonly TimeSpan Quiet = TimeSpan.FromSeconds(10);

    private readonly Dictionary<ulong, Sightings> _waiting = [];

    private IncidentTable Table => turn.State.Incidents;

    /// <param name="seen">Its count, time and state do not matter.</param>
    public void Raise(Incident seen)
    {
        if (Table.FindUnresolved(seen.Reason, seen.Subject) is { } known)
        {
            Sightings before = _waiting.GetValueOrDefault(known.Number, new Sightings(seen, 0, TimeSpan.MinValue));
            _waiting[known.Number] = before with { Last = seen, Count = before.Count + 1 };
            PutDown();
            return;
        }

        turn.Raise(seen.Level, seen.Reason, seen.Subject, seen.Message);
        Record(seen, 1);
    }

    /// <summary>The owner was given up as lost, and yet it spoke.</summary>
    public void LostOwnerSpoke(AssignedTask task, string worker, string said)
    {
        if (task.Reason == AssignReason.WorkerLost && task.PreviousWorker == worker && task.Worker != worker)
        {
            Raise(Of(
                EventLevel.Warn,
                IncidentReasons.LostOwnerSpoke,
                $"workers/{worker}",
                $"Worker {worker} was given up as lost, and then {said} for task {task.Id.Value} under an epoch that "
                    + "had ended. It was refused, and the results are exact.",
                "See why the worker was silent or cut off for so long; when it was only slow, a longer "
                    + "Cluster:LeaseDuration keeps its work in place."));
        }
    }

    public void Resolve(Incident incident, string why)
    {
        _waiting.Remove(incident.Number);
        turn.Raise(EventLevel.Info, "INCIDENT_RESOLVED", $"incidents/{incident.Number}", why);
        turn.Record(new IncidentResolved(incident.Number, why, null, turn.Now.UnixMs));
    }

    /// <summary>Puts down what has waited long enough.</summary>
    public void PutDown()
    {
        foreach ((ulong number, Sightings seen) in _waiting.ToArray())
        {
            if (Table.Find(number) is not { State: not IncidentState.Resolved })
            {
                _waiting.Remove(number);
            }
            else if (seen.Count > 0 && (seen.At == TimeSpan.MinValue || turn.Now.Uptime - seen.At >= Quiet))
            {
                Record(seen.Last, seen.Count);
            }
        }
    }

    public static Incident Of(
        EventLevel level, string reason, string subject, string message, string advice, ulong position = 0) =>
        new(0, level, reason, subject, message, advice, 0, 0, 0, Position: position);

    private void Record(Incident seen, ulong count)
    {
        turn.Record(new IncidentRaised(
            seen.Level,
            seen.Reason,
            seen.Subject,
            seen.Message,
            seen.Advice,
            count,
            turn.Now.UnixMs,
            seen.Position));
        _waiting[Table.FindUnresolved(seen.Reason, seen.Subject)!.Number] = new Sightings(seen, 0, turn.Now.Uptime);
    }

    /// <param name="At">When it was put down last, on the monotonic clock; least: not in this life.</param>
    private readonly record struct Sightings(Incident Last, ulong Count, TimeSpan At);
}
