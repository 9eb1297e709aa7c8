namespace Millrace.Worker.Core.Flow;

/// <summary>Events that follow one another in a task's input. Where an input is cut into batches means
/// nothing.</summary>
internal readonly ref struct EventBatch(ReadOnlySpan<byte> bytes, ReadOnlySpan<EventFields> events)
{
    private readonly ReadOnlySpan<byte> _bytes = bytes;

    public ReadOnlySpan<EventFields> Events { get; } = events;

    public int Count => Events.Length;

    /// <summary>Those before one of them.</summary>
    public EventBatch Before(int index) => new(_bytes, Events[..index]);

    public ReadOnlySpan<byte> Key(in EventFields fields) => _bytes.Slice(fields.KeyStart, fields.KeyLength);

    public ReadOnlySpan<byte> Value(in EventFields fields) => _bytes.Slice(fields.ValueStart, fields.ValueLength);

    /// <summary>The whole entry: tag, length and event, as the producer encoded them.</summary>
    public ReadOnlySpan<byte> Entry(in EventFields fields) => _bytes.Slice(fields.EntryStart, fields.EntryLength);
}
