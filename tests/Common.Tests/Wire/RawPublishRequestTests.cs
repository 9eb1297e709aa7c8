using FsCheck;
using FsCheck.Fluent;
using Google.Protobuf;
using Millrace.Common.Wire;
using Millrace.Protocol.Ingest.V1;
using Millrace.Protocol.Type.V1;
using Millrace.Protocol.Worker.V1;

namespace Millrace.Common.Tests.Wire;

public sealed class RawPublishRequestTests
{
    [Test]
    public void Marshaller_OfAnyRequest_WritesTheSameBytesAsGeneratedCode() =>
        Prop.ForAll(EventSamples.Batches, ArbMap.Default.ArbFor<ulong>(), (events, number) =>
        {
            var expected = new PublishRequest
            {
                ProducerId = number % 3 == 0 ? "" : "producer-1",
                ProducerEpoch = number,
                Topic = "wörds",
                FirstSequence = number / 7,
                Events = { events },
            };
            using var buffer = new EntryBuffer();
            foreach (Event message in events)
            {
                buffer.Append(
                    message.Key.Span,
                    message.Value.Span,
                    message.EventTimeMs,
                    [.. message.Headers.Select(header => new EventHeader(header.Name, header.Value.Memory))]);
            }

            byte[] bytes = RawPublishRequest.Marshaller.Serializer(new RawPublishRequest
            {
                ProducerId = expected.ProducerId,
                ProducerEpoch = expected.ProducerEpoch,
                Topic = expected.Topic,
                FirstSequence = expected.FirstSequence,
                Entries = buffer.Entries,
            });
            return bytes.AsSpan().SequenceEqual(expected.ToByteArray());
        }).QuickCheckThrowOnFailure();

    [Test]
    public void Methods_OfTheRawClients_HaveTheNamesOfTheGeneratedServices() =>
        Assert.Multiple(() =>
        {
            Assert.That(IngestService.Descriptor.FullName, Is.EqualTo(IngestMethods.Publish.ServiceName));
            Assert.That(IngestService.Descriptor.FindMethodByName(IngestMethods.Publish.Name), Is.Not.Null);
            Assert.That(IngestService.Descriptor.FindMethodByName(IngestMethods.PublishBatch.Name), Is.Not.Null);
            Assert.That(
                WorkerProtocolService.Descriptor.FullName, Is.EqualTo(WorkerMethods.Fetch.ServiceName));
            Assert.That(WorkerProtocolService.Descriptor.FindMethodByName(WorkerMethods.Fetch.Name), Is.Not.Null);
        });
}
