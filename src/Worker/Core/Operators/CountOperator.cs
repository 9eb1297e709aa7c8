using Millrace.Worker.Core.Flow;

namespace Millrace.Worker.Core.Operators;

/// <summary>Counts how often each key occurs. Takes every event.</summary>
internal sealed class CountOperator(OperatorContext context) : TableOperator(context)
{
    public const string CatalogName = "count";

    public override string Name => CatalogName;

    public override Poison? Process(in EventBatch events, TaskOutputs outputs)
    {
        foreach (ref readonly EventFields fields in events.Events)
        {
            Table.Add(fields.KeyHash, events.Key(fields));
        }

        return null;
    }
}
