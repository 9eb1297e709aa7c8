namespace Millrace.Coordinator.Core.Placement.Planning;

/// <summary>How a cluster decides which worker gets a task. One for the whole cluster; it can be changed while tasks
/// run.</summary>
internal interface IStrategy
{
    /// <summary>The same word everywhere.</summary>
    string Name { get; }

    /// <summary>Tasks that run are moved to even out load; else only to bring newcomers their share.</summary>
    bool Balances { get; }

    /// <summary>What a worker bears, from what was measured of all of them.</summary>
    double[] Capacities(IReadOnlyList<WorkerSample> workers);

    /// <summary>How workers count where new tasks are placed; more than one's share of capacity may be taken by
    /// others' work.</summary>
    double[] PlacingWeights(IReadOnlyList<WorkerSample> workers) => Capacities(workers);

    /// <summary>What tasks cost, in the same unit.</summary>
    double[] Loads(IReadOnlyList<TaskSample> tasks);

    IPicker NewPicker(PlanDraft draft);
}
