using Millrace.Worker.Core.Operators;

namespace Millrace.Simulation.Workers;

/// <summary>The operators of simulated workers: the real count, and one that also emits.</summary>
internal static class SimOperators
{
    public const string Relay = "relay";

    public static IReadOnlyList<string> Names { get; } = [CountOperator.CatalogName, Relay];
}
