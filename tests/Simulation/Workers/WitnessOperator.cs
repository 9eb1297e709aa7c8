using Millrace.Checking.Histories;
using Millrace.Worker.Core.Flow;
using Millrace.Worker.Core.Operators;
using Millrace.Worker.Core.State;

namespace Millrace.Simulation.Workers;

/// <summary>Notes every event that an operator really takes, whatever the task around it believes.</summary>
internal sealed class WitnessOperator(IOperator inner, TaskRun run, History history) : IOperator
{
    public string Name => inner.Name;

    public long StateBytes => inner.StateBytes;

    public Poison? Process(in EventBatch events, TaskOutputs outputs)
    {
        Poison? poison = inner.Process(events, outputs);
        foreach (ref readonly EventFields fields in events.Events[..(poison?.Index ?? events.Count)])
        {
            long number = Payload.Read(events.Value(fields));
            if (inner.Name != BadEvents.Operator)
            {
                // Of others it is not known here which events they are not shown.
                history.Observe(run.Partition, run.FirstOffset + (ulong)run.Applied.Count, number, run.Process);
            }

            run.Applied.Add(number);
        }

        return poison;
    }

    public IFrozenState Freeze() => inner.Freeze();

    public void Restore(SnapshotContent content) => inner.Restore(content);

    public Answer Ask(Question question) => inner.Ask(question);
}
