using System.Text;
using Millrace.Checking.Histories;
using Millrace.Common.Model;
using Millrace.Worker.Core.Flow;
using Millrace.Worker.Core.Operators;
using Millrace.Worker.Core.State;

namespace Millrace.Simulation.Workers;

/// <summary>Counts like the real operator, and sends some events on to another topic, so that outputs are put to the
/// test too.</summary>
internal sealed class RelayOperator(TaskId task, string target, OutputNumbers numbers, IOperator count) : IOperator
{
    private const int OneOf = 3;

    public string Name => SimOperators.Relay;

    public long StateBytes => count.StateBytes;

    public Poison? Process(in EventBatch events, TaskOutputs outputs)
    {
        count.Process(events, outputs);
        foreach (ref readonly EventFields fields in events.Events)
        {
            long input = Payload.Read(events.Value(fields));
            if (input % OneOf == 0)
            {
                ulong sequence = LastSequence(outputs) + 1;
                string key = Encoding.UTF8.GetString(events.Key(fields));
                long number = numbers.NumberOf(task, target, sequence, key, input);
                outputs.Emit(target, events.Key(fields), Payload.Make(number, 0), 0);
            }
        }

        return null;
    }

    public IFrozenState Freeze() => count.Freeze();

    public void Restore(SnapshotContent content) => count.Restore(content);

    public Answer Ask(Question question) => count.Ask(question);

    private static ulong LastSequence(TaskOutputs outputs) => outputs.Marks() is [var mark] ? mark.LastSequence : 0;
}
