using System.Globalization;
using System.Text;
using Millrace.Common.Failpoints;
using Millrace.Worker.Core.Flow;

namespace Millrace.Worker.Core.Operators;

/// <summary>Adds up the values of each key's events: decimal numbers of digits alone, up to 2^64 - 1 in all. Cannot
/// take an event whose value is something else, or with which the sum would be larger.</summary>
internal sealed class SumOperator(OperatorContext context) : TableOperator(context)
{
    public const string CatalogName = "sum";

    private const int MostShown = 32;

    public override string Name => CatalogName;

    public override Poison? Process(in EventBatch events, TaskOutputs outputs)
    {
        for (int i = 0; i < events.Count; i++)
        {
            ref readonly EventFields fields = ref events.Events[i];
            ReadOnlySpan<byte> key = events.Key(fields);
            ReadOnlySpan<byte> value = events.Value(fields);
            if (!ulong.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out ulong number))
            {
                Failpoint.Hit("W8");
                return new Poison(i, $"its value {Show(value)} is not a decimal number between 0 and 2^64 - 1");
            }

            if (Table.TryGet(key, out ulong sum) && sum > ulong.MaxValue - number)
            {
                return new Poison(i, $"the sum {sum} and {number} are more than 2^64 - 1");
            }

            Table.Add(fields.KeyHash, key, number);
        }

        return null;
    }

    private static string Show(ReadOnlySpan<byte> value)
    {
        string text = Encoding.UTF8.GetString(value[..Math.Min(value.Length, MostShown)]);
        return $"'{string.Concat(text.Select(c => char.IsControl(c) ? '?' : c))}'"
            + (value.Length > MostShown ? "..." : "");
    }
}
