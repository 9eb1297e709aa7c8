namespace Millrace.Coordinator.Core.Placement.Planning;

/// <summary>What is known of a worker. NaN: not known, or too old; it then counts as average.</summary>
/// <param name="Cpu">Share of the machine's processor time in use, 0 to 1.</param>
/// <param name="Memory">Share of the memory limit in use, 0 to 1.</param>
/// <param name="ErrorRate">Share of its work that failed, 0 to 1.</param>
/// <param name="Prior">What it should bear before anything was learned: busy seconds per second.</param>
/// <param name="Speed">Learned: how fast it works, where 1 is the average of the cluster.</param>
internal readonly record struct WorkerSample(double Cpu, double Memory, double ErrorRate, double Prior, double Speed)
{
    public static WorkerSample Unknown { get; } = new(double.NaN, double.NaN, 0, 1, double.NaN);
}

/// <summary>What is known of a task.</summary>
/// <param name="Cost">Busy seconds per second of a worker of average speed; NaN: not known.</param>
internal readonly record struct TaskSample(double Cost);
