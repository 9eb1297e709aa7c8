namespace Millrace.Coordinator.Core.Incidents;

/// <summary>What changes the list of incidents.</summary>
internal abstract record IncidentRecord(long UnixMs) : ControlRecord;

/// <summary>It was seen: for the first time, or again.</summary>
/// <param name="Count">How often since the last such record.</param>
internal sealed record IncidentRaised(
    EventLevel Level,
    string Reason,
    string Subject,
    string Message,
    string Advice,
    ulong Count,
    long UnixMs,
    ulong Position = 0) : IncidentRecord(UnixMs);

/// <summary>Somebody has said something about it.</summary>
internal abstract record IncidentChanged(ulong Incident, string Note, Request? Request, long UnixMs)
    : IncidentRecord(UnixMs);

/// <summary>An operator knows of it.</summary>
internal sealed record IncidentAcknowledged(ulong Incident, string Note, Request? Request, long UnixMs)
    : IncidentChanged(Incident, Note, Request, UnixMs);

/// <summary>It is over, as an operator says or as was seen.</summary>
internal sealed record IncidentResolved(ulong Incident, string Note, Request? Request, long UnixMs)
    : IncidentChanged(Incident, Note, Request, UnixMs);
