using Google.Protobuf;
using Grpc.Core;
using Millrace.Protocol.Ingest.V1;
using Millrace.Protocol.Type.V1;

namespace Millrace.Integration.Tests.Refusals;

/// <summary>Batches that are well-formed and wrong.</summary>
[Parallelizable(ParallelScope.Children)]
internal sealed class BatchRefusalTests : RefusalTests
{
    [Test]
    public async Task Row69_PublishToAMissingTopic_IsRefusedAndChangesNothing()
    {
        await ExpectBothAsync(StatusCode.NotFound, "NO_SUCH_TOPIC", batch => batch.Topic = "wrods");
        await ExpectBothAsync(StatusCode.InvalidArgument, "BAD_NAME", batch => batch.Topic = "");
        await ExpectBothAsync(StatusCode.InvalidArgument, "BAD_NAME", batch => batch.Topic = "No/Such ..");
        await ExpectUnchangedAsync();
    }

    [Test]
    public async Task Row70_PublishWithWrongSequences_IsRefusedAndChangesNothing()
    {
        await ExpectBothAsync(StatusCode.FailedPrecondition, "SEQUENCE_GAP", batch => batch.FirstSequence = Stored + 2);
        await ExpectBothAsync(
            StatusCode.FailedPrecondition, "SEQUENCE_GAP", batch => batch.FirstSequence = 1UL << 40);
        await ExpectBothAsync(StatusCode.InvalidArgument, "BAD_FIELD", batch => batch.FirstSequence = 0);
        await ExpectBothAsync(StatusCode.InvalidArgument, "BAD_FIELD", batch => batch.FirstSequence = ulong.MaxValue);
        await ExpectUnchangedAsync();
    }

    [Test]
    public async Task Row70_PublishOfARepeat_IsAckedAndNotStoredAgain()
    {
        PublishBatchResponse ack = await Ingest.PublishBatchAsync(Batch(3, 5), cancellationToken: Deadline);
        PublishResponse streamed = await StreamAsync(Batch(1, Stored));
        Assert.Multiple(() =>
        {
            Assert.That(ack.LastSequence, Is.EqualTo(Stored));
            Assert.That(ack.RepeatedEvents, Is.EqualTo(5));
            Assert.That(streamed.LastSequence, Is.EqualTo(Stored));
        });
        await ExpectUnchangedAsync();
    }

    [Test]
    public async Task Row72_PublishUnderAnOldEpoch_IsFencedAndStoresNothing()
    {
        OpenProducerResponse newer = await OpenAsync(Producer);
        Assert.That(newer.ProducerEpoch, Is.GreaterThan(Epoch));
        await ExpectBothAsync(StatusCode.FailedPrecondition, "PRODUCER_FENCED", _ => { });
        Assert.That((await OpenAsync(Producer)).Topics.Single().LastSequence, Is.EqualTo(Stored));
    }

    [Test]
    public async Task Row70_PublishUnderAnEpochNeverMinted_IsRefusedAndChangesNothing()
    {
        await ExpectBothAsync(
            StatusCode.FailedPrecondition, "UNKNOWN_PRODUCER", batch => batch.ProducerEpoch = 1UL << 40);
        await ExpectBothAsync(StatusCode.FailedPrecondition, "UNKNOWN_PRODUCER", batch => batch.ProducerId = "nobody");
        await ExpectBothAsync(StatusCode.InvalidArgument, "BAD_NAME", batch => batch.ProducerId = "No One");
        await ExpectUnchangedAsync();
    }

    [Test]
    public async Task Row68_PublishOfAnEmptyBatch_IsRefusedAndChangesNothing()
    {
        await ExpectBothAsync(StatusCode.InvalidArgument, "EMPTY_BATCH", batch => batch.Events.Clear());
        await ExpectUnchangedAsync();
    }

    [Test]
    public async Task Row68_PublishWithABadKey_IsRefusedAndChangesNothing()
    {
        await ExpectBothAsync(
            StatusCode.InvalidArgument, "KEY_REQUIRED", batch => batch.Events.Add(new Event { Value = Text(3) }));
        await ExpectBothAsync(
            StatusCode.InvalidArgument, "KEY_TOO_LARGE", batch => batch.Events.Add(new Event { Key = Text(1025) }));
        await ExpectUnchangedAsync();
    }

    [Test]
    public async Task Row66_PublishOfAnOversizeEvent_IsRefusedAndChangesNothing()
    {
        await ExpectBothAsync(
            StatusCode.ResourceExhausted,
            "EVENT_TOO_LARGE",
            batch => batch.Events.Add(new Event { Key = Text(3), Value = Text(1_000_001) }));
        await ExpectUnchangedAsync();
    }

    [TestCase(1_100)]
    [TestCase(1_600)]
    [TestCase(9_000)]
    public async Task Row66_PublishOfAnOversizeBatch_IsRefusedAndChangesNothing(int kilobytes)
    {
        await ExpectBothAsync(
            StatusCode.ResourceExhausted,
            "BATCH_TOO_LARGE",
            batch =>
            {
                for (int i = 0; i < kilobytes; i++)
                {
                    batch.Events.Add(new Event { Key = Text(3), Value = Text(990) });
                }
            });
        await ExpectUnchangedAsync();
    }

    [Test]
    public async Task Row66_PublishOfTooManyEvents_IsRefusedAndChangesNothing()
    {
        await ExpectBothAsync(
            StatusCode.ResourceExhausted,
            "BATCH_TOO_LARGE",
            batch => batch.Events.Add(Enumerable.Repeat(new Event { Key = Text(1) }, 10_001)));
        await ExpectUnchangedAsync();
    }

    [Test]
    public async Task Row70_PublishAfterARefusalOnAStream_AcceptsNothingLater()
    {
        using AsyncDuplexStreamingCall<PublishRequest, PublishResponse> call =
            Ingest.Publish(cancellationToken: Deadline);
        await call.RequestStream.WriteAsync(Streamed(Batch(Stored + 2, 1)));
        await ExpectAsync(StatusCode.FailedPrecondition, "SEQUENCE_GAP", async () =>
        {
            while (await call.ResponseStream.MoveNext(Deadline))
            {
                // Whatever comes before the refusal.
            }
        });
        await ExpectUnchangedAsync();
    }

    [Test]
    public async Task Row16_ProducerRestartedUnderItsId_GoesOnAndItsZombieIsFenced()
    {
        using AsyncDuplexStreamingCall<PublishRequest, PublishResponse> zombie =
            Ingest.Publish(cancellationToken: Deadline);
        await zombie.RequestStream.WriteAsync(Streamed(Batch(Stored + 1, 5)), Deadline);
        await zombie.ResponseStream.MoveNext(Deadline);
        PublishRequest late = Streamed(Batch(Stored + 6, 5));
        OpenProducerResponse reopened = await OpenAsync(Producer);
        Epoch = reopened.ProducerEpoch;
        Assert.That(reopened.Topics.Single().LastSequence, Is.EqualTo(Stored + 5));
        PublishResponse ack = await StreamAsync(Batch(Stored + 1, 10));
        Assert.That(ack.LastSequence, Is.EqualTo(Stored + 10));
        await zombie.RequestStream.WriteAsync(late, Deadline);
        await ExpectAsync(
            StatusCode.FailedPrecondition, "PRODUCER_FENCED", () => zombie.ResponseStream.MoveNext(Deadline));
        Assert.That((await OpenAsync(Producer)).Topics.Single().LastSequence, Is.EqualTo(Stored + 10));
    }

    private static ByteString Text(int length) =>
        ByteString.CopyFrom(new string('x', length), System.Text.Encoding.ASCII);

    private static PublishRequest Streamed(PublishBatchRequest batch) =>
        PublishRequest.Parser.ParseFrom(batch.ToByteArray());

    /// <summary>Refused as a plain call and on a stream alike.</summary>
    private async Task ExpectBothAsync(StatusCode code, string reason, Action<PublishBatchRequest> spoil)
    {
        PublishBatchRequest batch = Batch(Stored + 1, 1);
        spoil(batch);
        await ExpectAsync(
            code, reason, async () => await Ingest.PublishBatchAsync(batch, cancellationToken: Deadline));
        await ExpectAsync(code, reason, () => StreamAsync(batch));
    }

    private async Task<PublishResponse> StreamAsync(PublishBatchRequest batch)
    {
        using AsyncDuplexStreamingCall<PublishRequest, PublishResponse> call =
            Ingest.Publish(cancellationToken: Deadline);
        try
        {
            await call.RequestStream.WriteAsync(Streamed(batch), Deadline);
        }
        catch (RpcException)
        {
            // Refused before all of it was sent; the responses end with why.
        }

        return await call.ResponseStream.MoveNext(Deadline)
            ? call.ResponseStream.Current
            : throw new InvalidOperationException("The stream ended without an ack and without a refusal.");
    }
}
