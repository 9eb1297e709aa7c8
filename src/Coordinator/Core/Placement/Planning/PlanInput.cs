namespace Millrace.Coordinator.Core.Placement.Planning;

/// <summary>What the planner sees, as arrays: tasks and workers are indices. It does not change while a plan is
/// made.</summary>
internal sealed class PlanInput
{
    public const int Nobody = -1;

    /// <summary>Per task: cost in units of capacity, above 0. Anything else counts as the average of the
    /// others.</summary>
    public required double[] Load { get; init; }

    /// <summary>Per task: bytes that a move has to copy.</summary>
    public required long[] StateBytes { get; init; }

    /// <summary>Per task: the worker that has it, or <see cref="Nobody"/>.</summary>
    public required int[] Owner { get; init; }

    /// <summary>Per task: the worker it is pinned to, or <see cref="Nobody"/>. Null: nothing is pinned.</summary>
    public int[]? Pin { get; init; }

    /// <summary>Per task: moved so recently, or so busy with something else, that it stays. Null: none.</summary>
    public bool[]? Resting { get; init; }

    /// <summary>Per task: index into <see cref="Eligible"/>. Null: 0 for all.</summary>
    public int[]? Class { get; init; }

    /// <summary>Per class: which workers may run its tasks (operators, labels, zones). Null entry: all.</summary>
    public IReadOnlyList<bool[]?> Eligible { get; init; } = [null];

    /// <summary>Per worker: load that it can bear, above 0. Anything else counts as the average of the
    /// others.</summary>
    public required double[] Capacity { get; init; }

    public required WorkerRole[] Role { get; init; }

    /// <summary>Per worker: the most tasks that it takes; 0: any number. Null: any number for all.</summary>
    public int[]? MaxTasks { get; init; }

    public int Tasks => Load.Length;

    public int Workers => Capacity.Length;
}
