using Millrace.Checking.Histories;
using Millrace.Worker.Core.Flow;
using Millrace.Worker.Core.Operators;
using Millrace.Worker.Core.State;

namespace Millrace.Simulation.Workers;

/// <summary>Counts like the real operator, but cannot take some events.</summary>
/// <param name="die">Ends the process; null: no event does.</param>
internal sealed class PickyOperator(IOperator count, Action? die) : IOperator
{
    public string Name => BadEvents.Operator;

    public long StateBytes => count.StateBytes;

    public Poison? Process(in EventBatch events, TaskOutputs outputs)
    {
        for (int i = 0; i < events.Count; i++)
        {
            long number = Payload.Read(events.Value(events.Events[i]));
            if (BadEvents.Are(number))
            {
                count.Process(events.Before(i), outputs);
                if (die is not null && BadEvents.AreDeadly(number))
                {
                    die();
                }

                return new Poison(i, "it is bad");
            }
        }

        return count.Process(events, outputs);
    }

    public IFrozenState Freeze() => count.Freeze();

    public void Restore(SnapshotContent content) => count.Restore(content);

    public Answer Ask(Question question) => count.Ask(question);
}
