using Grpc.Core;
using Millrace.Coordinator.Core;
using Millrace.Coordinator.Core.Incidents;
using Millrace.Coordinator.Core.Operations;
using Millrace.Coordinator.Loop;
using Millrace.Coordinator.Rpc.Paging;
using Proto = Millrace.Protocol.Admin.V1;

namespace Millrace.Coordinator.Rpc.Admin;

/// <summary>What must not happen and did.</summary>
internal sealed class IncidentAdmin(IControlLoop loop) : Proto.IncidentService.IncidentServiceBase
{
    public override async Task<Proto.ListIncidentsResponse> ListIncidents(
        Proto.ListIncidentsRequest request, ServerCallContext context)
    {
        IncidentList all = await loop.AskAsync<IncidentList>(
            call => new InspectIncidents(call), context.CancellationToken);

        // Newest first: keys that sort the other way round.
        Page<Incident> page = Pages.Cut(
            [.. all.All.Where(i => !request.UnresolvedOnly || i.State != IncidentState.Resolved)],
            incident => $"{ulong.MaxValue - incident.Number:D20}",
            request.PageSize,
            request.PageToken,
            $"ListIncidents {request.UnresolvedOnly}");
        return new()
        {
            Incidents = { page.Rows.Select(ToProto) },
            NextPageToken = page.NextToken,
            TotalSize = page.TotalSize,
        };
    }

    public override async Task<Proto.GetIncidentResponse> GetIncident(
        Proto.GetIncidentRequest request, ServerCallContext context) =>
        new() { Incident = await ReadAsync(NumberOf(request.Name), context.CancellationToken) };

    public override async Task<Proto.AcknowledgeIncidentResponse> AcknowledgeIncident(
        Proto.AcknowledgeIncidentRequest request, ServerCallContext context)
    {
        ulong number = NumberOf(request.Name);
        Request? id = RequestIds.Read(request.RequestId, $"AcknowledgeIncident {number} {request.Note}");
        await loop.AskAsync<Changed>(
            call => new AcknowledgeIncident(call, number, request.Note, id), context.CancellationToken);
        return new() { Incident = await ReadAsync(number, context.CancellationToken) };
    }

    public override async Task<Proto.ResolveIncidentResponse> ResolveIncident(
        Proto.ResolveIncidentRequest request, ServerCallContext context)
    {
        ulong number = NumberOf(request.Name);
        Request? id = RequestIds.Read(request.RequestId, $"ResolveIncident {number} {request.Note}");
        await loop.AskAsync<Changed>(
            call => new ResolveIncident(call, number, request.Note, id), context.CancellationToken);
        return new() { Incident = await ReadAsync(number, context.CancellationToken) };
    }

    private static ulong NumberOf(string name) => ResourceNames.ParseIncident(name, "name");

    private async Task<Proto.Incident> ReadAsync(ulong number, CancellationToken cancellation) =>
        ToProto(await loop.AskAsync<Incident>(call => new InspectIncident(call, number), cancellation));

    private static Proto.Incident ToProto(Incident incident) => new()
    {
        Name = ResourceNames.Incident(incident.Number),
        Level = (Proto.EventLevel)incident.Level,
        Reason = incident.Reason,
        Subject = incident.Subject,
        Message = incident.Message,
        Advice = incident.Advice,
        Count = incident.Count,
        FirstSeenTime = AdminMessages.Time(incident.FirstUnixMs),
        LastSeenTime = AdminMessages.Time(incident.LastUnixMs),
        State = (Proto.IncidentState)incident.State,
        StateTime = AdminMessages.Time(incident.StateUnixMs),
        Note = incident.Note,
    };
}
