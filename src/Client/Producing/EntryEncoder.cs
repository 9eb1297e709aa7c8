using Millrace.Common.Wire;

namespace Millrace.Client.Producing;

/// <summary>
/// Events of this library as entries on the wire; nobody encodes them again on their way to the worker.
/// </summary>
internal static class EntryEncoder
{
    /// <summary>Size of the event without the entry's tag and length, in bytes.</summary>
    public static int EventBytes(in EventData data) =>
        EntryBuffer.EventLength(data.Key.Span, data.Value.Span, data.TimeMs, data.Headers);

    /// <summary>Size of the whole entry, in bytes.</summary>
    public static int EntryBytes(int eventBytes) => EntryBuffer.EntryLength(eventBytes);

    /// <param name="target">As long as <see cref="EntryBytes"/> says.</param>
    public static void Write(Span<byte> target, in EventData data, int eventBytes) =>
        EntryBuffer.WriteEntry(target, eventBytes, data.Key.Span, data.Value.Span, data.TimeMs, data.Headers);
}
