namespace Millrace.Coordinator.Core.Incidents;

/// <summary>What records about incidents change.</summary>
internal static class IncidentRules
{
    public static void Apply(CoordinatorState state, IncidentRecord record)
    {
        state.Incidents.Apply(record);
        if (record is IncidentChanged changed)
        {
            state.Answer(changed.Request, IncidentCommands.Kind, $"{changed.Incident}", record.UnixMs);
        }
    }
}
