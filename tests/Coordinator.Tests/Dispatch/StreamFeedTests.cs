using FsCheck;
using FsCheck.Fluent;
using Millrace.Common.Model;
using Millrace.Common.Wire;
using Millrace.Coordinator.Dispatch;
using Millrace.Coordinator.Journal;

namespace Millrace.Coordinator.Tests.Dispatch;

public sealed class StreamFeedTests
{
    private static readonly DispatchLimits _limits = new(RingBytes: 3 * 4096, MessageBytes: 400, CatchUpFrames: 2);

    [Test]
    public void Compose_UnderRandomFramesCreditsAndSubscriptions_DeliversEveryEventOnceInOrder() =>
        Prop.ForAll<int>(seed => new Scenario(new Random(seed)).Run())
            .Check(Config.QuickThrowOnFailure.WithMaxTest(400));

    [Test]
    public void Compose_ForATaskFarBehind_DoesNotStarveTheOthers()
    {
        var setting = new Setting(_limits);
        for (int i = 0; i < 200; i++)
        {
            setting.Store(1, 5, 50);
        }

        TaskReceiver late = setting.Subscribe(1, 1, 0, 0, 1 << 20);
        TaskReceiver live = setting.Subscribe(2, 2, setting.Journal.DurableEnd, 0, 1 << 20);
        setting.ComposeOnce();
        setting.Store(2, 1, 20);
        setting.ComposeOnce();
        setting.ComposeOnce();
        Assert.That(live.Blocks, Is.EqualTo(1));
        setting.ComposeAll();
        Assert.That(late.NextOffset, Is.EqualTo(1000));
    }

    [Test]
    public void Compose_OfAnOldFrameThatFillsManyMessages_ReadsItOnce()
    {
        var setting = new Setting(_limits);
        setting.Journal.Append(0, (new PartitionId(1), Entries(100, 50)));
        TaskReceiver receiver = setting.Subscribe(1, 1, 0, 0, 1 << 20);
        setting.ComposeAll();
        Assert.That(receiver.NextOffset, Is.EqualTo(100));
        Assert.That(receiver.Blocks, Is.GreaterThan(10));
        Assert.That(setting.Journal.Reads, Is.EqualTo(1));
    }

    [Test]
    public void Compose_OfAnEventLargerThanAMessage_SendsItAlone()
    {
        var setting = new Setting(_limits);
        TaskReceiver receiver = setting.Subscribe(1, 1, 0, 0, 10);
        setting.Journal.Append(
            0, (new PartitionId(1), [.. Entries(2, 30), .. Entries(1, 5000), .. Entries(2, 30)]));
        setting.ComposeAll();
        Assert.That((receiver.NextOffset, receiver.Blocks), Is.EqualTo((2ul, 1)));
        receiver.ReturnCredit(receiver.Outstanding);
        setting.ReturnCredit(1, 100);
        setting.ComposeAll();
        Assert.That((receiver.NextOffset, receiver.Blocks), Is.EqualTo((3ul, 2)), "one block is always allowed");
    }

    [Test]
    public void Compose_AfterCreditOfAnEarlierSubscription_WaitsForItsOwn()
    {
        var setting = new Setting(_limits);
        setting.Store(1, 1, 20);
        setting.Store(1, 1, 20);
        TaskReceiver receiver = setting.Subscribe(1, 1, 0, 0, 1);
        setting.ComposeAll();
        setting.Subscribe(1, 1, 0, 0, 1);
        setting.ComposeAll();
        setting.Feed.AddCredit(new TaskId(1), new Epoch(1), receiver.Subscription - 1, 1000);
        setting.ComposeAll();
        Assert.That((receiver.NextOffset, receiver.Blocks), Is.EqualTo((1ul, 2)));
        setting.ReturnCredit(1, receiver.Outstanding);
        receiver.ReturnCredit(receiver.Outstanding);
        setting.ComposeAll();
        Assert.That(receiver.NextOffset, Is.EqualTo(2));
    }

    [Test]
    public void Compose_AfterTheGrantEnded_SendsNothingMore()
    {
        var setting = new Setting(_limits);
        TaskReceiver receiver = setting.Subscribe(1, 1, 0, 0, 1 << 20);
        setting.Store(1, 1, 20);
        setting.ComposeAll();
        setting.Grants.Stop(new TaskId(1), new Epoch(2));
        setting.Store(1, 1, 20);
        setting.ComposeAll();
        Assert.That(receiver.NextOffset, Is.EqualTo(1));
        Assert.That(setting.Feed.Count, Is.Zero);
    }

    [Test]
    public void Compose_ForATaskWithoutEvents_TellsItSoWhenNoticesAreDue()
    {
        var setting = new Setting(_limits);
        TaskReceiver receiver = setting.Subscribe(1, 1, 0, 0, 0);
        setting.Store(2, 1, 20);
        Assert.That(setting.ComposeOnce(notices: false), Is.False);
        Assert.That(setting.Feed.HasNotices, Is.True);
        setting.ComposeOnce();
        Assert.That((receiver.Position, receiver.Notices), Is.EqualTo((setting.Journal.DurableEnd, 1)));
        Assert.That(setting.Feed.HasNotices, Is.False);
    }

    [Test]
    public void Compose_FromAnOffsetWithinABlock_LeavesOutWhatIsKnown()
    {
        var setting = new Setting(_limits);
        setting.Store(1, 10, 20);
        TaskReceiver receiver = setting.Subscribe(1, 1, 0, 7, 1 << 20);
        setting.ComposeAll();
        Assert.That(receiver.NextOffset, Is.EqualTo(10));
    }

    [Test]
    public void Compose_WithEventsMissingBeforeTheNextBlock_Refuses()
    {
        var setting = new Setting(_limits);
        setting.Store(1, 1, 20);
        setting.Store(1, 1, 20);
        setting.Subscribe(1, 1, setting.Journal.Frames[0].End, 0, 1 << 20);
        var refused = Assert.Throws<RefusalException>(() => setting.ComposeAll());
        Assert.That(refused!.Refusal.Reason, Is.EqualTo("OFFSET_TRIMMED"));
    }

    private static byte[][] Entries(int count, int valueBytes) =>
        [.. Enumerable.Range(0, count).Select(i => StoredFrames.Entry($"k{i}", valueBytes))];

    /// <summary>A feed over a journal, with strict receivers.</summary>
    private sealed class Setting
    {
        private readonly FrameRing _ring;
        private readonly DispatchLimits _limits;
        private readonly FetchMessage _message;

        public Setting(DispatchLimits limits)
        {
            _limits = limits;
            _ring = new FrameRing(limits.RingBytes);
            _message = new FetchMessage(limits.MessageBytes);
            Feed = new StreamFeed(_ring, Journal, limits);
        }

        public StoredFrames Journal { get; } = new();

        public GrantTable Grants { get; } = new();

        public StreamFeed Feed { get; }

        public Dictionary<ulong, TaskReceiver> Receivers { get; } = [];

        public void Store(uint partition, int count, int valueBytes) =>
            _ring.Add(Journal.Append(0, (new PartitionId(partition), Entries(count, valueBytes))));

        public void Publish(SealedFrame frame) => _ring.Add(frame);

        public TaskReceiver Subscribe(ulong task, uint partition, ulong position, ulong offset, long credit)
        {
            Grants.Grant(1, new TaskId(task), new Epoch(1), new PartitionId(partition));
            TaskGrant grant = Grants.Find(1, new TaskId(task), new Epoch(1))!;
            var receiver = Receivers.GetValueOrDefault(task)
                ?? new TaskReceiver(Journal, grant.Task, grant.Epoch, grant.Partition);
            (ulong earlier, long left) = (receiver.Subscription, receiver.Outstanding);
            receiver.StartAt(position, offset, credit);
            Receivers[task] = receiver;
            Feed.Subscribe(new TaskCursor(grant, receiver.Subscription, position, offset, credit));

            // What was still on its way to the earlier subscription is given back late.
            Feed.AddCredit(grant.Task, grant.Epoch, earlier, (uint)left);
            return receiver;
        }

        public void ReturnCredit(ulong task, long bytes) =>
            Feed.AddCredit(new TaskId(task), new Epoch(1), Receivers[task].Subscription, (uint)bytes);

        /// <summary>True when there is more to do at once.</summary>
        public bool ComposeOnce(bool notices = true)
        {
            bool more = Feed.Compose(_message, notices);
            int blocks = 0;
            int bytes = 0;
            foreach (RawBlock block in _message.Response.Blocks)
            {
                blocks += block.EventCount > 0 ? 1 : 0;
                bytes += block.Entries.Length;
                Assert.That(Receivers[block.TaskId].Take(block), Is.Null);
            }

            Assert.That(blocks == 1 || bytes <= _limits.MessageBytes, $"{blocks} blocks with {bytes} bytes");
            more |= blocks > 0;
            _message.Clear();
            return more;
        }

        public void ComposeAll()
        {
            for (int i = 0; ComposeOnce(); i++)
            {
                Assert.That(i, Is.LessThan(100_000), "the feed always finds more to do");
            }
        }
    }

    /// <summary>Random operations, then everything is delivered.</summary>
    private sealed class Scenario(Random random)
    {
        private readonly Setting _setting = new(new DispatchLimits(
            RingBytes: 4096 * random.Next(1, 6),
            MessageBytes: random.Next(50, 2000),
            CatchUpFrames: random.Next(1, 4)));

        private bool _started;

        public bool Run()
        {
            for (int i = 0; i < 150; i++)
            {
                Step();
            }

            return _setting.Receivers.All(pair => Finishes(pair.Key, pair.Value));
        }

        private void Step()
        {
            switch (random.Next(7))
            {
                case 0 or 1:
                    Store();
                    break;
                case 2:
                    Subscribe();
                    break;
                case 3:
                    foreach ((ulong task, TaskReceiver receiver) in _setting.Receivers)
                    {
                        ReturnCredit(task, receiver, random.NextInt64(receiver.Outstanding + 1));
                    }

                    break;
                default:
                    _setting.ComposeOnce(random.Next(2) == 0);
                    break;
            }
        }

        /// <summary>Frames of a time before this process are in the journal only.</summary>
        private void Store()
        {
            var content = new List<(PartitionId, byte[][])>();
            for (uint partition = 0; partition < 4; partition++)
            {
                if (random.Next(2) == 0)
                {
                    content.Add((new PartitionId(partition), Entries(random.Next(1, 8), random.Next(5, 400))));
                }
            }

            ulong gap = random.Next(5) == 0 ? 8192ul : 0;
            SealedFrame frame = _setting.Journal.Append(gap, [.. content]);
            _started |= random.Next(4) == 0;
            if (_started)
            {
                _setting.Publish(frame);
            }
        }

        private void Subscribe()
        {
            ulong task = (ulong)random.Next(6);
            var partition = new PartitionId((uint)task % 4);
            ulong position = 0;
            ulong offset = 0;
            if (_setting.Receivers.TryGetValue(task, out TaskReceiver? old) && random.Next(2) == 0)
            {
                position = old.Position;
                offset = old.NextOffset;
            }
            else if (_setting.Journal.Frames.Count > 0)
            {
                position = _setting.Journal.Frames[random.Next(_setting.Journal.Frames.Count)].End;
                offset = _setting.Journal.CountAt(partition, position);
            }

            _setting.Subscribe(task, partition.Value, position, offset, random.Next(0, 3000));
        }

        private bool Finishes(ulong task, TaskReceiver receiver)
        {
            ulong all = (ulong)_setting.Journal.Entries(receiver.Partition).Count;
            for (int i = 0; receiver.NextOffset < all && i < 10_000; i++)
            {
                ReturnCredit(task, receiver, receiver.Outstanding);
                _setting.ComposeAll();
            }

            return receiver.NextOffset == all && receiver.InsideFrame is null;
        }

        private void ReturnCredit(ulong task, TaskReceiver receiver, long bytes)
        {
            if (bytes > 0)
            {
                receiver.ReturnCredit(bytes);
                _setting.ReturnCredit(task, bytes);
            }
        }
    }
}
