using Millrace.Protocol.Type.V1;
using Millrace.TestKit.FakeCluster;

namespace Millrace.Client.Tests.Producing;

public sealed class ProducerTests
{
    private FakeCoordinator _fake = null!;
    private MillraceClient _client = null!;

    [SetUp]
    public async Task SetUp()
    {
        _fake = await FakeCoordinator.StartAsync();
        _fake.Store.CreateTopic("t");
        _client = new MillraceClient(_fake.Address);
    }

    [TearDown]
    public async Task TearDown()
    {
        _client.Dispose();
        await _fake.DisposeAsync();
    }

    [Test]
    public async Task SendAsync_OfOneEvent_IsDoneWhenItIsDurable()
    {
        await using Producer producer = await _client.OpenProducerAsync();
        Ack ack = await producer.SendAsync("t", new EventData("k", "v") { TimeMs = 7 });
        Assert.That(ack.Sequence, Is.EqualTo(1));
        Assert.That(ack.Position, Is.GreaterThan(0));
        Event stored = _fake.Store.Events("t").Single();
        Assert.That(stored, Is.EqualTo(new Event
        {
            Key = Google.Protobuf.ByteString.CopyFromUtf8("k"),
            Value = Google.Protobuf.ByteString.CopyFromUtf8("v"),
            EventTimeMs = 7,
        }));
    }

    [Test]
    public async Task SendAsync_OfManyEventsOneByOne_MergesThemAndKeepsTheirOrder()
    {
        await using Producer producer = await _client.OpenProducerAsync();
        Task<Ack>[] sends = [.. Enumerable.Range(0, 5000).Select(i => producer.SendAsync("t", $"k{i}", "").AsTask())];
        Ack[] acks = await Task.WhenAll(sends);
        Assert.That(acks.Select(a => a.Sequence), Is.EqualTo(Enumerable.Range(1, 5000).Select(i => (ulong)i)));
        Assert.That(Keys("t"), Is.EqualTo(Enumerable.Range(0, 5000).Select(i => $"k{i}")));
        Assert.That(_fake.Store.Batches, Is.LessThan(2500));
    }

    [Test]
    public async Task SendAsync_WhileStreamsBreakAgainAndAgain_StoresEachEventOnceInOrder()
    {
        _fake.Store.BreakEvery = 3;
        await using Producer producer = await _client.OpenProducerAsync(new ProducerOptions { MaxBatchEvents = 50 });
        ValueTask<Ack>[] sends =
            [.. Enumerable.Range(0, 1000).Select(i => producer.SendAsync("t", $"k{i}", ""))];
        foreach (ValueTask<Ack> send in sends)
        {
            await send;
        }

        Assert.That(Keys("t"), Is.EqualTo(Enumerable.Range(0, 1000).Select(i => $"k{i}")));
        Assert.That(_fake.Store.Opens, Is.GreaterThan(3));
    }

    [Test]
    public async Task SendAsync_WhileTheCoordinatorIsKilledAndStartedAgain_LosesNothing()
    {
        await using Producer producer = await _client.OpenProducerAsync();
        await producer.SendAsync("t", "before", "");
        await _fake.KillAsync();
        ValueTask<Ack> send = producer.SendAsync("t", "during", "");
        await _fake.StartAgainAsync();
        Assert.That((await send).Sequence, Is.EqualTo(2));
        Assert.That(Keys("t"), Is.EqualTo(new[] { "before", "during" }));
    }

    [Test]
    public async Task PostAsync_WhileTheCoordinatorIsKilledWithFullStreams_LosesNothing()
    {
        await using Producer producer = await _client.OpenProducerAsync();
        _fake.Store.HoldAcks();
        EventData[] events = [.. Enumerable.Range(0, 300).Select(i => new EventData($"k{i}", new string('v', 50_000)))];
        await producer.PostAsync("t", events);
        await _fake.KillAsync();
        _fake.Store.ReleaseAcks();
        await _fake.StartAgainAsync();
        await producer.FlushAsync();
        Assert.That(Keys("t"), Is.EqualTo(Enumerable.Range(0, 300).Select(i => $"k{i}")));
    }

    [Test]
    public async Task SendAsync_ToAnUnknownTopic_FailsThatTopicOnly()
    {
        await using Producer producer = await _client.OpenProducerAsync();
        ValueTask<Ack> bad = producer.SendAsync("nowhere", "k", "");
        ValueTask<Ack> good = producer.SendAsync("t", "k", "");
        MillraceException? refused = await Assert.ThrowsAsync<MillraceException>(async () => await bad);
        Assert.That(refused!.Reason, Is.EqualTo("NO_SUCH_TOPIC"));
        Assert.That((await good).Sequence, Is.EqualTo(1));
        _fake.Store.CreateTopic("nowhere");
        Assert.That((await producer.SendAsync("nowhere", "k", "")).Sequence, Is.EqualTo(1));
    }

    [Test]
    public async Task SendAsync_WithoutAKeyWhereThatIsAllowed_LeavesItToTheCoordinator()
    {
        await using Producer producer = await _client.OpenProducerAsync(new() { AllowEventsWithoutKey = true });
        Ack ack = await producer.SendAsync("t", "", "v");
        Assert.That(ack.Sequence, Is.EqualTo(1));
    }

    [Test]
    public async Task SendAsync_OfWhatTheCoordinatorWouldRefuse_IsRefusedBeforeItSharesABatch()
    {
        await using Producer producer = await _client.OpenProducerAsync();
        Assert.That(await ReasonOf(producer.SendAsync("t", "", "v")), Is.EqualTo("KEY_REQUIRED"));
        Assert.That(await ReasonOf(producer.SendAsync("t", new string('k', 1025), "v")), Is.EqualTo("KEY_TOO_LARGE"));
        var large = new EventData(new byte[1], new byte[1_000_000]);
        Assert.That(await ReasonOf(producer.SendAsync("t", large)), Is.EqualTo("EVENT_TOO_LARGE"));
        Assert.That(
            await ReasonOf(producer.SendBatchAsync("t", ReadOnlyMemory<EventData>.Empty)), Is.EqualTo("EMPTY_BATCH"));
        Assert.That(_fake.Store.Batches, Is.Zero);
    }

    [Test]
    public async Task SendBatchAsync_OfMoreThanTheBufferHolds_IsOneTaskAndPassesInParts()
    {
        var options = new ProducerOptions { MaxBufferedBytes = 1024 * 1024 };
        await using Producer producer = await _client.OpenProducerAsync(options);
        EventData[] events = [.. Enumerable.Range(0, 100).Select(i => new EventData($"k{i}", new string('v', 50_000)))];
        Ack ack = await producer.SendBatchAsync("t", events.AsMemory());
        Assert.That(ack.Sequence, Is.EqualTo(100));
        Assert.That(Keys("t"), Is.EqualTo(Enumerable.Range(0, 100).Select(i => $"k{i}")));
    }

    [Test]
    public async Task PostAsync_WithAFullBuffer_WaitsForRoomAndFlushTellsTheEnd()
    {
        var options = new ProducerOptions { MaxBufferedBytes = 1024 * 1024 };
        await using Producer producer = await _client.OpenProducerAsync(options);
        _fake.Store.HoldAcks();
        EventData[] half = [new("k", new string('v', 600_000))];
        Assert.That(producer.PostAsync("t", half).IsCompletedSuccessfully);
        ValueTask second = producer.PostAsync("t", half);
        Assert.That(second.IsCompleted, Is.False);
        _fake.Store.ReleaseAcks();
        await second;
        Assert.That(await producer.FlushAsync(), Is.GreaterThan(0));
        Assert.That(_fake.Store.Events("t"), Has.Count.EqualTo(2));
    }

    [Test]
    public async Task PostAsync_ToATopicThatIsRefused_IsToldByTheFlush()
    {
        await using Producer producer = await _client.OpenProducerAsync();
        await producer.PostAsync("nowhere", new EventData[] { new("k") });
        MillraceException? refused = await Assert.ThrowsAsync<MillraceException>(() => producer.FlushAsync());
        Assert.That(refused!.Reason, Is.EqualTo("NO_SUCH_TOPIC"));
    }

    [Test]
    public async Task SendAsync_CancelledWhileItWaitsForRoom_IsNotSent()
    {
        var options = new ProducerOptions { MaxBufferedBytes = 1024 * 1024 };
        await using Producer producer = await _client.OpenProducerAsync(options);
        _fake.Store.HoldAcks();
        ValueTask<Ack> first = producer.SendAsync("t", "first", new string('v', 600_000));
        using var cancel = new CancellationTokenSource();
        ValueTask<Ack> second = producer.SendAsync("t", "second", new string('v', 600_000), cancel.Token);
        await cancel.CancelAsync();
        await Assert.ThrowsAsync<OperationCanceledException>(async () => await second);
        _fake.Store.ReleaseAcks();
        await first;
        await producer.SendAsync("t", "third", "");
        Assert.That(Keys("t"), Is.EqualTo(new[] { "first", "third" }));
    }

    [Test]
    public async Task DisposeAsync_WithEventsOnTheirWay_WaitsForTheirAcks()
    {
        Producer producer = await _client.OpenProducerAsync();
        ValueTask<Ack> send = producer.SendAsync("t", "k", "v");
        await producer.DisposeAsync();
        Assert.That((await send).Sequence, Is.EqualTo(1));
        Assert.That(await ReasonOf(producer.SendAsync("t", "k", "v")), Is.EqualTo("PRODUCER_CLOSED"));
    }

    [Test]
    public async Task OpenProducerAsync_UnderAnIdThatHasPublished_ContinuesItsSequences()
    {
        var options = new ProducerOptions { ProducerId = "p" };
        await using (Producer first = await _client.OpenProducerAsync(options))
        {
            await first.SendAsync("t", "k", "v");
        }

        await using Producer second = await _client.OpenProducerAsync(options);
        Assert.That(second.LastAck("t").Sequence, Is.EqualTo(1));
        Assert.That((await second.SendAsync("t", "k", "v")).Sequence, Is.EqualTo(2));
    }

    [Test]
    public async Task OpenProducerAsync_UnderAnIdInUse_FencesTheOlderOne()
    {
        var options = new ProducerOptions { ProducerId = "p" };
        await using Producer older = await _client.OpenProducerAsync(options);
        await using Producer newer = await _client.OpenProducerAsync(options);
        await newer.SendAsync("t", "k", "v");
        Assert.That(await ReasonOf(older.SendAsync("t", "k", "v")), Is.EqualTo("PRODUCER_FENCED"));
    }

    [Test]
    public async Task OpenProducerAsync_WithNobodyThere_FailsInTime()
    {
        await _fake.KillAsync();
        var options = new ProducerOptions { OpenWithin = TimeSpan.Zero };
        MillraceException? refused =
            await Assert.ThrowsAsync<MillraceException>(() => _client.OpenProducerAsync(options));
        Assert.That(refused!.Reason, Is.EqualTo("UNAVAILABLE"));
    }

    private static async Task<string> ReasonOf(ValueTask<Ack> send)
    {
        try
        {
            await send;
            return "";
        }
        catch (MillraceException e)
        {
            return e.Reason;
        }
    }

    private IEnumerable<string> Keys(string topic) => _fake.Store.Events(topic).Select(e => e.Key.ToStringUtf8());
}
