using Millrace.Common.Keys;
using Millrace.Worker.Core.Flow;
using Millrace.Worker.Core.State;

namespace Millrace.Worker.Core.Operators;

/// <summary>What operators have in common that keep one number for each key. They emit nothing; their state is asked
/// for.</summary>
internal abstract class TableOperator(OperatorContext context) : IOperator
{
    public abstract string Name { get; }

    public long StateBytes => Table.ByteCount;

    protected CountTable Table { get; } = new();

    public abstract Poison? Process(in EventBatch events, TaskOutputs outputs);

    public IFrozenState Freeze() => Table.Freeze(context);

    public void Restore(SnapshotContent content)
    {
        foreach (SnapshotSection section in content.Sections)
        {
            SnapshotReader reader = content.At(section);
            for (int i = 0; i < section.Entries; i++)
            {
                ulong count = reader.ReadVarint();
                ReadOnlySpan<byte> key = reader.ReadBytes();
                if (!context.IsOneGroup && context.GroupOf(key) != section.Group)
                {
                    throw new SnapshotDamagedException($"key group {section.Group} holds a key of another group");
                }

                if (content.Share?.Contains(key) ?? true)
                {
                    Table.Set(XxHash64.Hash(key), key, count);
                }
            }
        }
    }

    public Answer Ask(Question question) => new(
        question switch
        {
            GetKey get => Get(get.Key.Span),
            ScanKeys scan => Table.Scan(scan.Prefix.Span, scan.After.Span, scan.Limit),
            TopKeys top => Table.Top(top.Limit),
            _ => [],
        },
        Table.Count);

    private List<KeyCount> Get(ReadOnlySpan<byte> key) =>
        Table.TryGet(key, out ulong count) ? [new KeyCount(key.ToArray(), count)] : [];
}
