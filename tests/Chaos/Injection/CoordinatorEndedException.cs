using Millrace.Integration.Tests.Processes;

namespace Millrace.Chaos.Injection;

/// <summary>The coordinator ended instead of serving.</summary>
internal sealed class CoordinatorEndedException(TestCluster cluster) : Exception(
    $"the coordinator ended with {cluster.Coordinator.Exited.Result}: "
    + string.Join(" / ", cluster.Coordinator.Output.Split('\n').TakeLast(4)))
{
    /// <summary>It said that the data directory is damaged, and where.</summary>
    public bool NamesDamage { get; } =
        cluster.Coordinator.Exited.Result == 1 && cluster.Coordinator.Output.Contains("damaged");
}
