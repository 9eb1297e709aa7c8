using Millrace.Common.Model;
using Millrace.Coordinator.Core.Operations;

namespace Millrace.Coordinator.Core.Incidents;

/// <summary>What is kept on the disk was found not to be what was written.</summary>
internal abstract record DamageFound(string Detail) : Input;

/// <summary>A worker's snapshot. It cannot be loaded any more under its name.</summary>
/// <param name="Detail">File, place and what is wrong, for people.</param>
internal sealed record SnapshotDamageFound(SnapshotName Name, string Detail) : DamageFound(Detail);

/// <summary>A control snapshot. It does not count as one of those that are kept any more.</summary>
internal sealed record ControlSnapshotDamageFound(ulong Position, string Detail) : DamageFound(Detail);

/// <summary>A frame of the journal.</summary>
/// <param name="File">Name of the segment's file.</param>
/// <param name="SegmentEnd">The segment holds no position from here on.</param>
internal sealed record JournalDamageFound(string File, ulong SegmentEnd, string Detail) : DamageFound(Detail);

/// <summary>Result: <see cref="IncidentList"/>.</summary>
internal sealed record InspectIncidents(long Call) : OperatorInput(Call);

/// <summary>Newest first.</summary>
internal sealed record IncidentList(IReadOnlyList<Incident> All);

/// <summary>Result: <see cref="Incident"/>.</summary>
internal sealed record InspectIncident(long Call, ulong Incident) : OperatorInput(Call);

/// <summary>Result: <see cref="Changed"/> with the incident's number.</summary>
internal sealed record AcknowledgeIncident(long Call, ulong Incident, string Note, Request? Request)
    : OperatorChange(Call, Note, Request, false);

/// <summary>Result: <see cref="Changed"/> with the incident's number.</summary>
internal sealed record ResolveIncident(long Call, ulong Incident, string Note, Request? Request)
    : OperatorChange(Call, Note, Request, false);
