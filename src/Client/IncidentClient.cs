using Millrace.Client.Connecting;
using Millrace.Protocol.Admin.V1;

namespace Millrace.Client;

/// <summary>Asks about and deals with what must not happen and did. Mutations carry a request id of their own, so that
/// a repeat after a lost answer changes nothing.</summary>
public sealed class IncidentClient
{
    private readonly ServiceCalls<IncidentService.IncidentServiceClient> _calls;

    internal IncidentClient(UnaryCalls calls) =>
        _calls = new(calls, invoker => new IncidentService.IncidentServiceClient(invoker));

    /// <summary>Newest first.</summary>
    public Task<ListIncidentsResponse> ListAsync(
        bool unresolvedOnly = false, CancellationToken cancellation = default)
    {
        var request = new ListIncidentsRequest { PageSize = UnaryCalls.PageSize, UnresolvedOnly = unresolvedOnly };
        return _calls.CallAsync((c, options) => c.ListIncidentsAsync(request, options), cancellation);
    }

    /// <param name="incident">Its number.</param>
    public Task<GetIncidentResponse> GetAsync(string incident, CancellationToken cancellation = default)
    {
        var request = new GetIncidentRequest { Name = ResourceNames.Incident(incident) };
        return _calls.CallAsync((c, options) => c.GetIncidentAsync(request, options), cancellation);
    }

    /// <summary>Says that somebody knows of it.</summary>
    /// <param name="incident">Its number.</param>
    public Task<AcknowledgeIncidentResponse> AcknowledgeAsync(
        string incident, string note = "", CancellationToken cancellation = default)
    {
        var request = new AcknowledgeIncidentRequest
        {
            Name = ResourceNames.Incident(incident),
            Note = note,
            RequestId = RequestIds.New(),
        };
        return _calls.CallAsync((c, options) => c.AcknowledgeIncidentAsync(request, options), cancellation);
    }

    /// <summary>Says that it is over.</summary>
    /// <param name="incident">Its number.</param>
    public Task<ResolveIncidentResponse> ResolveAsync(
        string incident, string note = "", CancellationToken cancellation = default)
    {
        var request = new ResolveIncidentRequest
        {
            Name = ResourceNames.Incident(incident),
            Note = note,
            RequestId = RequestIds.New(),
        };
        return _calls.CallAsync((c, options) => c.ResolveIncidentAsync(request, options), cancellation);
    }
}
