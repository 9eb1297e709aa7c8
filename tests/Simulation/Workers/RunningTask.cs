using Millrace.Worker.Core.Operators;
using Millrace.Worker.Core.Tasks;

namespace Millrace.Simulation.Workers;

/// <summary>A restored task on a worker, and who publishes what it emits.</summary>
internal sealed record RunningTask(TaskMachine Machine, OutputPublisher? Publisher)
{
    /// <summary>It follows the owner and has not taken over.</summary>
    public bool IsCopy { get; set; }

    /// <summary>Hands what was emitted to whoever publishes it.</summary>
    public void TakeOutputs()
    {
        while (Machine.Outputs.TryTake(out TaskOutput? output))
        {
            Publisher?.Add(output!);
        }

        Publisher?.Pump();
    }
}
