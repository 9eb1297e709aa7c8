using System.Text;
using Google.Protobuf;
using Millrace.Common.Model;
using Millrace.Coordinator.Core.HotKeys;
using Millrace.Coordinator.Ingest;
using Millrace.Coordinator.Loop;
using Millrace.Coordinator.Tests.Rpc;
using Millrace.Protocol.Ingest.V1;
using Millrace.TestKit;

namespace Millrace.Coordinator.Tests.Ingest;

public sealed class HotKeysTests
{
    private readonly BatchPool _pool = Batches.Pool();
    private readonly BatchScanner _scanner = new(new IngestLimits());
    private readonly ManualTime _time = new();

    /// <summary>30 % of 160,000 events are one key; 5,000 samples of it have a standard deviation of 0.65 %.</summary>
    [Test]
    public void Top_OfASkewedStream_FindsTheKeyAndItsShare()
    {
        var hot = new HotKeys(_time);
        var random = new Random(7);
        for (int i = 0; i < 400; i++)
        {
            string Next(int n) => random.Next(10) < 3 ? "eu" : $"k{random.Next(9_999)}";
            Publish(hot, [.. Enumerable.Range(0, 400).Select(Next)]);
        }

        IReadOnlyList<HeavyKey> top = hot.Top(new TopicId(1), 3, out ulong sampled);
        Assert.Multiple(() =>
        {
            Assert.That(sampled, Is.InRange(4_600, 5_400));
            Assert.That(Encoding.ASCII.GetString(top[0].Key), Is.EqualTo("eu"));
            Assert.That(top[0].Count / (double)sampled, Is.InRange(0.26, 0.34));
            Assert.That(top[1].Count / (double)sampled, Is.LessThan(0.02));
        });
    }

    /// <summary>A producer that sends a key at every 32nd place is seen as what it is.</summary>
    [Test]
    public void Top_OfARhythmicStream_IsNotFooled()
    {
        var hot = new HotKeys(_time);
        for (int i = 0; i < 500; i++)
        {
            Publish(hot, [.. Enumerable.Range(0, 320).Select(n => n % HotKeySample.Every == 0 ? "beat" : $"k{n}")]);
        }

        IReadOnlyList<HeavyKey> top = hot.Top(new TopicId(1), 256, out ulong sampled);
        HeavyKey beat = top.Single(k => Encoding.ASCII.GetString(k.Key) == "beat");
        Assert.That((beat.Count - beat.Error) / (double)sampled, Is.InRange(0.02, 0.045));
    }

    [Test]
    public void Top_AfterALongWhile_HasForgotten()
    {
        var hot = new HotKeys(_time);
        Publish(hot, [.. Enumerable.Repeat("eu", 1_000)]);
        Assert.That(hot.Top(new TopicId(1), 3, out _), Has.Count.EqualTo(1));
        _time.Advance(TimeSpan.FromMinutes(5));
        Assert.That(hot.Top(new TopicId(1), 3, out ulong sampled), Is.Empty);
        Assert.That(sampled, Is.Zero);
        Assert.That(hot.Top(new TopicId(2), 3, out _), Is.Empty);
    }

    [Test]
    public async Task Reports_NowAndThen_TellTheMachineWhatIsHot()
    {
        var hot = new HotKeys(_time);
        for (int i = 0; i < 40; i++)
        {
            Publish(hot, [.. Enumerable.Range(0, 400).Select(n => n % 2 == 0 ? "eu" : $"k{n}-{i}")]);
        }

        var loop = new FakeLoop();
        await using var reports = new HotKeyReports(hot, loop, _time);
        _time.Advance(HotKeyReports.Interval);
        SeenKey seen = (await loop.TakeAsync<HotKeysSeen>()).Keys.Single();
        Assert.Multiple(() =>
        {
            Assert.That(seen.Topic, Is.EqualTo(new TopicId(1)));
            Assert.That(Encoding.ASCII.GetString(seen.Key), Is.EqualTo("eu"));
            Assert.That(seen.Share, Is.InRange(0.4, 0.6));
        });
    }

    [Test]
    public void Observe_OnceWarm_AllocatesNothing()
    {
        var hot = new HotKeys(_time);
        OfferedBatch batch = Scanned([.. Enumerable.Range(0, 1_000).Select(n => $"key-{n:0000}")]);
        for (int i = 0; i < 100; i++)
        {
            hot.Observe(batch);
        }

        long before = GC.GetAllocatedBytesForCurrentThread();
        for (int i = 0; i < 100; i++)
        {
            hot.Observe(batch);
        }

        Assert.That(GC.GetAllocatedBytesForCurrentThread() - before, Is.Zero);
    }

    private void Publish(HotKeys hot, string[] keys)
    {
        OfferedBatch batch = Scanned(keys);
        hot.Observe(batch);
        _pool.Return(batch);
    }

    private OfferedBatch Scanned(string[] keys)
    {
        PublishRequest request = Batches.Request([.. keys.Select(k => Batches.Event(k))]);
        OfferedBatch batch = Batches.Receive(_pool, request.ToByteArray());
        Assert.That(
            _scanner.Scan(batch, FakeCoordinator.RoutingOf(FakeCoordinator.Topic("words", 1, 64, 4)), new BatchNames()),
            Is.Null);
        return batch;
    }
}
