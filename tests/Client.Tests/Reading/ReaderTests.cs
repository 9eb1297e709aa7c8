using Millrace.TestKit.FakeCluster;

namespace Millrace.Client.Tests.Reading;

public sealed class ReaderTests
{
    private FakeCoordinator _fake = null!;
    private MillraceClient _client = null!;
    private Producer _producer = null!;

    [SetUp]
    public async Task SetUp()
    {
        _fake = await FakeCoordinator.StartAsync();
        _fake.Store.CreateTopic("t");
        _client = new MillraceClient(_fake.Address);
        await _client.Admin.CreateTopicAsync("t", new Protocol.Admin.V1.Topic { PartitionCount = 1 });
        _producer = await _client.OpenProducerAsync();
    }

    [TearDown]
    public async Task TearDown()
    {
        await _producer.DisposeAsync();
        _client.Dispose();
        await _fake.DisposeAsync();
    }

    [Test]
    public async Task ReadPartitionAsync_FromAnOffset_GivesTheRestInOrder()
    {
        await SendAsync(0, 250);
        List<StoredEvent> read = await _client.ReadPartitionAsync("t", 0, 100).ToListAsync();
        Assert.That(read.Select(e => e.Offset), Is.EqualTo(Enumerable.Range(100, 150).Select(i => (ulong)i)));
        Assert.That(read[0].Event.Key.ToStringUtf8(), Is.EqualTo("k100"));
    }

    [Test]
    public async Task ReadPartitionAsync_OfAFewEvents_EndsAfterThem()
    {
        await SendAsync(0, 20);
        List<StoredEvent> read = await _client.ReadPartitionAsync("t", 0, 5, 3, true).ToListAsync();
        Assert.That(read.Select(e => e.Offset), Is.EqualTo(new ulong[] { 5, 6, 7 }));
    }

    [Test]
    public async Task ReadTopicAsync_WhileStreamsBreak_GoesOnWhereItWas()
    {
        await SendAsync(0, 10);
        await using IAsyncEnumerator<StoredEvent> events =
            _client.ReadTopicAsync("t", follow: true).GetAsyncEnumerator();
        for (int i = 0; i < 30; i++)
        {
            if (i is 10 or 20)
            {
                _fake.Store.BreakStreams();
                await SendAsync(i, 10);
            }

            Assert.That(await events.MoveNextAsync());
            Assert.That(events.Current.Offset, Is.EqualTo((ulong)i));
        }
    }

    [Test]
    public async Task ReadPartitionAsync_OfAnUnknownTopic_IsRefused()
    {
        MillraceException? refused = await Assert.ThrowsAsync<MillraceException>(
            async () => await _client.ReadPartitionAsync("nowhere", 0).ToListAsync());
        Assert.That(refused!.Reason, Is.EqualTo("NO_SUCH_TOPIC"));
    }

    private async Task SendAsync(int first, int count) => await _producer.SendBatchAsync(
        "t", [.. Enumerable.Range(first, count).Select(i => new EventData($"k{i}"))]);
}
