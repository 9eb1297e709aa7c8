using Millrace.Coordinator.Core.Recovery;

namespace Millrace.Coordinator.Core.Incidents;

/// <summary>The newest incidents. Durable state.</summary>
internal sealed class IncidentTable
{
    /// <summary>Resolved ones go first when there are more.</summary>
    public const int Capacity = 200;

    private readonly SortedDictionary<ulong, Incident> _incidents = [];

    public ulong LastNumber { get; private set; }

    /// <summary>Oldest first.</summary>
    public IReadOnlyCollection<Incident> All => _incidents.Values;

    /// <summary>Those that are not over.</summary>
    public IEnumerable<Incident> Unresolved => _incidents.Values.Where(i => i.State != IncidentState.Resolved);

    public Incident? Find(ulong number) => _incidents.GetValueOrDefault(number);

    /// <summary>Null: it is not known, or the last one is over.</summary>
    public Incident? FindUnresolved(string reason, string subject) =>
        Unresolved.FirstOrDefault(i => i.Reason == reason && i.Subject == subject);

    /// <exception cref="StateException">There is no rule for the record.</exception>
    public void Apply(IncidentRecord record)
    {
        switch (record)
        {
            case IncidentRaised raised:
                Apply(raised);
                break;
            case IncidentAcknowledged acknowledged:
                Become(IncidentState.Acknowledged, acknowledged);
                break;
            case IncidentResolved resolved:
                Become(IncidentState.Resolved, resolved);
                break;
            default:
                throw new StateException($"there is no rule for a record {record.GetType().Name}");
        }
    }

    /// <summary>Null: there has never been one.</summary>
    public IncidentsDto? ToSnapshot() => LastNumber == 0 ? null : new IncidentsDto(LastNumber, [.. All]);

    public static IncidentTable FromSnapshot(IncidentsDto? dto)
    {
        var table = new IncidentTable { LastNumber = dto?.LastNumber ?? 0 };
        foreach (Incident incident in dto?.Incidents ?? [])
        {
            table._incidents.Add(incident.Number, incident);
        }

        return table;
    }

    private void Apply(IncidentRaised raised)
    {
        if (FindUnresolved(raised.Reason, raised.Subject) is { } known)
        {
            _incidents[known.Number] = known with
            {
                Message = raised.Message,
                Count = known.Count + raised.Count,
                LastUnixMs = raised.UnixMs,
                Position = raised.Position,
            };
            return;
        }

        if (_incidents.Count == Capacity)
        {
            Incident oldest = All.FirstOrDefault(i => i.State == IncidentState.Resolved) ?? All.First();
            _incidents.Remove(oldest.Number);
        }

        LastNumber++;
        _incidents.Add(LastNumber, new Incident(
            LastNumber,
            raised.Level,
            raised.Reason,
            raised.Subject,
            raised.Message,
            raised.Advice,
            raised.Count,
            raised.UnixMs,
            raised.UnixMs,
            StateUnixMs: raised.UnixMs,
            Position: raised.Position));
    }

    private void Become(IncidentState state, IncidentChanged changed)
    {
        if (Find(changed.Incident) is { } incident)
        {
            _incidents[incident.Number] = incident with
            {
                State = state,
                Note = changed.Note,
                StateUnixMs = changed.UnixMs,
            };
        }
    }
}

internal sealed record IncidentsDto(ulong LastNumber, IReadOnlyList<Incident> Incidents);
