using Millrace.Common.Keys;
using Millrace.Worker.Core.Flow;
using Millrace.Worker.Core.State;

namespace Millrace.Worker.Core.Operators;

/// <summary>Counts how often each key occurs. Emits nothing; its state is asked for.</summary>
internal sealed class CountOperator(OperatorContext context) : IOperator
{
    public const string CatalogName = "count";

    private readonly CountTable _table = new();

    public string Name => CatalogName;

    public long StateBytes => _table.ByteCount;

    public void Process(in EventBatch events, TaskOutputs outputs)
    {
        foreach (ref readonly EventFields fields in events.Events)
        {
            _table.Add(fields.KeyHash, events.Key(fields));
        }
    }

    public IFrozenState Freeze() => _table.Freeze(context);

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
                    _table.Add(XxHash64.Hash(key), key, count);
                }
            }
        }
    }

    public Answer Ask(Question question) => new(
        question switch
        {
            GetKey get => Get(get.Key.Span),
            ScanKeys scan => _table.Scan(scan.Prefix.Span, scan.After.Span, scan.Limit),
            TopKeys top => _table.Top(top.Limit),
            _ => [],
        },
        _table.Count);

    private List<KeyCount> Get(ReadOnlySpan<byte> key)
    {
        ulong count = _table.Get(key);
        return count == 0 ? [] : [new KeyCount(key.ToArray(), count)];
    }
}
