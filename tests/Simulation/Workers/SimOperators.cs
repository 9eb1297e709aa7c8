using Millrace.Checking.Histories;
using Millrace.Worker.Core.Operators;

namespace Millrace.Simulation.Workers;

/// <summary>The operators of simulated workers: the real count, one that also emits, and one that
/// cannot take every event.</summary>
internal static class SimOperators
{
    public const string Relay = "relay";

    public static IReadOnlyList<string> Names { get; } = [CountOperator.CatalogName, Relay, BadEvents.Operator];
}
