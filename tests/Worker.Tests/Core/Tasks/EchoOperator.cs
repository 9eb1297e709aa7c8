using Millrace.Common.Model;
using Millrace.Worker.Core.Flow;
using Millrace.Worker.Core.Operators;
using Millrace.Worker.Core.State;

namespace Millrace.Worker.Tests.Core.Tasks;

/// <summary>Emits every event again, to a topic that depends on the key. Has no state of its own.</summary>
internal sealed class EchoOperator : IOperator
{
    public string Name => "count";

    public long StateBytes => 0;

    public Poison? Process(in EventBatch events, TaskOutputs outputs)
    {
        foreach (ref readonly EventFields fields in events.Events)
        {
            string topic = fields.KeyHash % 3 == 0 ? "threes" : "others";
            outputs.Emit(topic, events.Key(fields), events.Value(fields), fields.TimeMs);
        }

        return null;
    }

    public IFrozenState Freeze() => new CountTable().Freeze(new OperatorContext(new KeyGroupRange(0, 1), 1));

    public void Restore(SnapshotContent content)
    {
    }

    public Answer Ask(Question question) => new([], 0);
}
