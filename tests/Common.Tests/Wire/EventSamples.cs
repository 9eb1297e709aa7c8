using FsCheck;
using FsCheck.Fluent;
using Google.Protobuf;
using Millrace.Protocol.Type.V1;

namespace Millrace.Common.Tests.Wire;

/// <summary>Random events for properties.</summary>
internal static class EventSamples
{
    private static readonly Gen<byte[]> _bytes =
        Gen.Choose(0, 255).Select(value => (byte)value).ArrayOf();

    private static readonly Gen<string> _name =
        Gen.Elements("", "trace", "größe", "名前", "a b");

    public static Gen<Event> Events { get; } =
        from key in _bytes
        from value in _bytes
        from time in Gen.Elements(0L, 1, -1, 127, 128, 1_700_000_000_000, long.MinValue, long.MaxValue)
        from headers in (from name in _name from content in _bytes select Header(name, content)).ArrayOf()
        select Make(key, value, time, headers);

    public static Arbitrary<Event> Arbitrary { get; } = Arb.From(Events);

    public static Arbitrary<Event[]> Batches { get; } = Arb.From(Events.ArrayOf());

    public static byte[] Reference(Event message)
    {
        using var stream = new MemoryStream();
        using var output = new CodedOutputStream(stream);
        output.WriteTag(15, WireFormat.WireType.LengthDelimited);
        output.WriteMessage(message);
        output.Flush();
        return stream.ToArray();
    }

    private static Header Header(string name, byte[] value) =>
        new() { Name = name, Value = ByteString.CopyFrom(value) };

    private static Event Make(byte[] key, byte[] value, long time, Header[] headers)
    {
        var message = new Event
        {
            Key = ByteString.CopyFrom(key),
            Value = ByteString.CopyFrom(value),
            EventTimeMs = time,
        };
        message.Headers.AddRange(headers);
        return message;
    }
}
