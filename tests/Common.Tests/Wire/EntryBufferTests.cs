using FsCheck;
using FsCheck.Fluent;
using Millrace.Common.Wire;
using Millrace.Protocol.Ingest.V1;
using Millrace.Protocol.Type.V1;

namespace Millrace.Common.Tests.Wire;

public sealed class EntryBufferTests
{
    [Test]
    public void Append_OfAnyEvents_IsWhatTheGeneratedParserReadsBack() =>
        Prop.ForAll(EventSamples.Batches, events =>
        {
            using var buffer = new EntryBuffer(16);
            int sum = 0;
            foreach (Event message in events)
            {
                EventHeader[] headers = Headers(message);
                int length = EntryBuffer.EventLength(
                    message.Key.Span, message.Value.Span, message.EventTimeMs, headers);
                if (length != message.CalculateSize())
                {
                    return false;
                }

                sum += buffer.Append(message.Key.Span, message.Value.Span, message.EventTimeMs, headers);
            }

            PublishRequest read = PublishRequest.Parser.ParseFrom(buffer.Entries.ToArray());
            return buffer.Count == events.Length && buffer.ByteCount == sum && read.Events.SequenceEqual(events);
        }).QuickCheckThrowOnFailure();

    [Test]
    public void Clear_AfterUse_StartsEmptyAgain()
    {
        using var buffer = new EntryBuffer();
        buffer.Append("a"u8, "b"u8);
        buffer.Clear();
        Assert.That((buffer.Count, buffer.ByteCount, buffer.Entries.Length), Is.EqualTo((0, 0, 0)));
    }

    private static EventHeader[] Headers(Event message) =>
        [.. message.Headers.Select(header => new EventHeader(header.Name, header.Value.Memory))];
}
