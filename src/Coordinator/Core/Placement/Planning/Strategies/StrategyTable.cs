using Millrace.Common.Model;

namespace Millrace.Coordinator.Core.Placement.Planning.Strategies;

/// <summary>The strategies by name.</summary>
internal static class StrategyTable
{
    public static IStrategy Default { get; } = new WeightedLoad();

    public static IReadOnlyList<IStrategy> All { get; } =
        [new RoundRobin(), new SeededRandom(), new WeightedResources(), Default];

    /// <summary>Null: there is none of this name.</summary>
    public static IStrategy? Find(string name) => All.FirstOrDefault(s => s.Name == name);

    public static Refusal Unknown(string name) => Refusal.BadField(
        "strategy",
        $"There is no strategy '{name}'; there are {string.Join(", ", All.Select(s => s.Name))}.");
}
