namespace Millrace.Coordinator.Core.Placement.Planning;

/// <summary>Picks workers for one plan's orphans, one after the other.</summary>
internal interface IPicker
{
    /// <returns><see cref="PlanInput.Nobody"/> if none may take it.</returns>
    int Pick(int task);

    /// <summary>A task went to this worker, because it was picked or because it is pinned.</summary>
    void Placed(int worker);
}
