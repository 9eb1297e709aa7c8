using Google.Protobuf;
using Grpc.Core;

namespace Millrace.Integration.Tests.Refusals;

/// <summary>Bytes that are no message at all.</summary>
[Parallelizable(ParallelScope.Children)]
internal sealed class MalformedMessageTests : RefusalTests
{
    [Test]
    public async Task Row67_PublishOfMalformedBytes_IsRefusedAndChangesNothing()
    {
        var raw = new RawCalls(Cluster.Channel, Deadline);
        foreach ((string what, byte[] bytes) in Malformed())
        {
            await TestContext.Out.WriteLineAsync(what);
            await ExpectAsync(StatusCode.InvalidArgument, "MALFORMED_MESSAGE", () => raw.PublishBatchAsync(bytes));
            await ExpectAsync(StatusCode.InvalidArgument, "MALFORMED_MESSAGE", () => raw.PublishAsync(bytes));
        }

        await ExpectUnchangedAsync();
    }

    [TestCase("millrace.ingest.v1.IngestService", "OpenProducer")]
    [TestCase("millrace.admin.v1.TopicService", "CreateTopic")]
    [TestCase("millrace.admin.v1.JobService", "DeployJob")]
    [TestCase("millrace.query.v1.QueryService", "Scan")]
    public async Task Row67_CallWithMalformedBytes_IsRefusedAndChangesNothing(string service, string method)
    {
        var raw = new RawCalls(Cluster.Channel, Deadline);
        await ExpectAsync(
            StatusCode.InvalidArgument, "MALFORMED_MESSAGE", () => raw.UnaryAsync(service, method, [0x0A, 0x7F, 0x61]));
        await ExpectUnchangedAsync();
    }

    [Test]
    public async Task Row67_PublishOfRandomDamage_StoresNothingThatNobodySent()
    {
        var raw = new RawCalls(Cluster.Channel, Deadline);
        byte[] good = Batch(Stored + 2, 3).ToByteArray();
        var random = new Random(20261122);
        for (int i = 0; i < 300; i++)
        {
            byte[] bytes = good[..random.Next(1, good.Length)];
            bytes[random.Next(bytes.Length)] ^= (byte)(1 << random.Next(8));
            RpcException error = (await Assert.ThrowsAsync<RpcException>(() => raw.PublishBatchAsync(bytes)))!;
            Assert.That(error.Trailers.GetValue("millrace-reason"), Is.Not.Null.And.Not.Empty, error.Status.ToString());
        }

        await ExpectUnchangedAsync();
    }

    private IEnumerable<(string What, byte[] Bytes)> Malformed()
    {
        byte[] good = Batch(Stored + 1, 2).ToByteArray();
        byte[] header = new Protocol.Ingest.V1.PublishBatchRequest
        {
            ProducerId = Producer, ProducerEpoch = Epoch, Topic = Topic, FirstSequence = Stored + 1,
        }.ToByteArray();
        yield return ("cut in the last event", good[..^1]);
        yield return ("a varint without an end", [.. header, 0x10, .. Enumerable.Repeat((byte)0xFF, 11)]);
        yield return ("wire type 7", [.. header, 0x0F, 1]);
        yield return ("an end group that nothing began", [.. good, 0x0C]);
        yield return ("field number 0", [.. good, 0x02, 0x00]);
        yield return ("an event that declares 2 GiB", [.. header, 0x7A, 0xFF, 0xFF, 0xFF, 0xFF, 0x07, 1]);
        yield return ("an event whose key runs over its end", [.. header, 0x7A, 3, 0x0A, 0x09, 0x61]);
        yield return ("random text", "GET / HTTP/1.1\r\n\r\n"u8.ToArray());
    }
}
