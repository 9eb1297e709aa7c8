using Millrace.Common.Model;
using Millrace.Coordinator.Core.Operations;

namespace Millrace.Coordinator.Core.Incidents;

/// <summary>What operators ask and do about incidents.</summary>
internal sealed class IncidentCommands(Turn turn)
{
    public const string Kind = "incident";

    private readonly OperatorTurn _common = new(turn);

    /// <returns>False: it is not one of these.</returns>
    public bool Handle(OperatorInput input)
    {
        switch (input)
        {
            case InspectIncidents inspect:
                turn.Reply(inspect.Call, new IncidentList([.. turn.State.Incidents.All.Reverse()]));
                return true;
            case InspectIncident one:
                turn.Reply(one.Call, (object?)turn.State.Incidents.Find(one.Incident) ?? NotFound(one.Incident));
                return true;
            case AcknowledgeIncident acknowledge:
                Change(acknowledge, acknowledge.Incident, new IncidentAcknowledged(
                    acknowledge.Incident, acknowledge.Note, acknowledge.Request, turn.Now.UnixMs));
                return true;
            case ResolveIncident resolve:
                Change(resolve, resolve.Incident, new IncidentResolved(
                    resolve.Incident, resolve.Note, resolve.Request, turn.Now.UnixMs));
                return true;
            default:
                return false;
        }
    }

    private void Change(OperatorChange input, ulong number, IncidentRecord record) => _common.Answer(
        input,
        Kind,
        () => Check(number),
        () =>
        {
            turn.Record(record);
            return $"{number}";
        });

    private Refusal? Check(ulong number) => turn.State.Incidents.Find(number) switch
    {
        null => NotFound(number),
        { State: IncidentState.Resolved } over => new Refusal(
            RefusalKind.FailedPrecondition,
            "INCIDENT_RESOLVED",
            $"Incident {number} is over ({over.Note}); there is nothing left to say about it.")
        {
            Metadata = new Dictionary<string, string> { ["field"] = "name", [Kind] = $"{number}" },
        },
        _ => null,
    };

    private static Refusal NotFound(ulong number) =>
        new(
            RefusalKind.NotFound,
            "NO_SUCH_INCIDENT",
            $"There is no incident {number}, or not any more; millrace incidents list shows all.")
        {
            Metadata = new Dictionary<string, string> { ["field"] = "name", [Kind] = $"{number}" },
        };
}
