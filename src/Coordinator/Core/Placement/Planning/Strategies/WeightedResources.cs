namespace Millrace.Coordinator.Core.Placement.Planning.Strategies;

/// <summary>
/// By headroom: a worker counts as much as its scarcest resource leaves. A mean of resources would let a free processor
/// hide that memory is used up. Tasks count the same. Running tasks are not moved for it: a worker that is busy because
/// of its tasks would lose them, be free, and get them back.
/// </summary>
internal sealed class WeightedResources : IStrategy
{
    public string Name => "weighted-resources";

    public bool Balances => false;

    public double[] Capacities(IReadOnlyList<WorkerSample> workers) => ResourceWeight.Of(workers);

    public double[] Loads(IReadOnlyList<TaskSample> tasks) => Even.Of(tasks.Count);

    public IPicker NewPicker(PlanDraft draft) => new ColdestPicker(draft);
}
