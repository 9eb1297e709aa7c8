using Google.Protobuf;
using Millrace.Coordinator.Ingest;
using Millrace.Coordinator.Loop;
using Millrace.Protocol.Ingest.V1;
using Millrace.Protocol.Type.V1;

namespace Millrace.Coordinator.Tests.Ingest;

/// <summary>Messages as producers send them.</summary>
internal static class Batches
{
    public static PublishRequest Request(params Event[] events) => new()
    {
        ProducerId = "producer-1",
        ProducerEpoch = 4096,
        Topic = "words",
        FirstSequence = 1,
        Events = { events },
    };

    public static Event Event(string key, int valueBytes = 3) => new()
    {
        Key = ByteString.CopyFromUtf8(key),
        Value = ByteString.CopyFrom(new byte[valueBytes]),
    };

    public static BatchPool Pool(IngestLimits? limits = null)
    {
        IngestLimits given = limits ?? new IngestLimits();
        return new BatchPool(given, new IngestGates(given, TimeProvider.System).Batches);
    }

    public static OfferedBatch Receive(BatchPool pool, byte[] message) => pool.Marshaller.Deserializer(message);
}
