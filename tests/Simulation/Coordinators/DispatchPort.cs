using Millrace.Common.Model;
using Millrace.Common.Wire;
using Millrace.Coordinator.Dispatch;
using Millrace.Coordinator.Journal;
using Millrace.Simulation.Messages;
using Millrace.Simulation.Network;
using Millrace.Simulation.Run;

namespace Millrace.Simulation.Coordinators;

/// <summary>The coordinator's ends of data streams: the real ring, grants, cursors and feeds.</summary>
internal sealed class DispatchPort
{
    private const long NoticeUs = 20_000;

    private readonly CoordinatorProcess _process;
    private readonly CoordinatorNode _node;
    private readonly DispatchLimits _limits;
    private readonly FrameRing _ring;
    private readonly FetchMessage _message;
    private readonly GrantTable _grants = new();
    private readonly List<DataStream> _streams = [];

    public DispatchPort(CoordinatorProcess process, CoordinatorNode node)
    {
        _process = process;
        _node = node;
        _limits = node.World.Options.ToDispatchLimits();
        _ring = new FrameRing(_limits.RingBytes);
        _message = new FetchMessage(_limits.MessageBytes);
    }

    /// <summary>The process is gone; frames that it held go back to the pool.</summary>
    public void End()
    {
        _streams.ForEach(stream => stream.Feed.Dispose());
        _ring.Dispose();
    }

    public void Durable(SealedFrame frame)
    {
        _ring.Add(frame);
        _node.World.History.Measure("bytes of the ring", _ring.Bytes, _limits.RingBytes);
        foreach (DataStream stream in frame.Facts.Blocks.Count > 0 ? _streams : [])
        {
            Wake(stream);
        }
    }

    public void Grant(ulong session, TaskId task, Epoch epoch, PartitionId partition, bool warm) =>
        _grants.Grant(session, task, epoch, partition, warm);

    public void StopCopy(TaskId task, Epoch epoch) => _grants.StopCopy(task, epoch);

    public void Stop(TaskId task, Epoch below) => _grants.Stop(task, below);

    public void Accept(StreamEnd end, FetchOpen open)
    {
        if (!_process.Sessions.IsOpen(open))
        {
            end.Received = null;
            end.Close();
            return;
        }

        var stream = new DataStream(end, open.Session, new StreamFeed(_ring, _process.Journal, _limits));
        _streams.Add(stream);
        end.Received = message => Take(stream, message);
        end.Broken = () =>
        {
            _streams.Remove(stream);
            stream.Feed.Dispose();
        };
    }

    private void Take(DataStream stream, object message)
    {
        switch (message)
        {
            case FetchSubscribe subscribe:
                if (_grants.Find(stream.Session, subscribe.Task, subscribe.Epoch) is { } grant)
                {
                    stream.Feed.Subscribe(new TaskCursor(
                        grant,
                        subscribe.Subscription,
                        subscribe.Position,
                        subscribe.NextOffset,
                        subscribe.CreditBytes));
                }

                break;
            case FetchUnsubscribe unsubscribe:
                stream.Feed.Unsubscribe(unsubscribe.Task, unsubscribe.Epoch);
                break;
            case FetchCredits credits:
                foreach ((TaskId task, Epoch epoch, ulong subscription, uint bytes) in credits.Tasks)
                {
                    NoteReturned(stream, subscription, bytes);
                    stream.Feed.AddCredit(task, epoch, subscription, bytes);
                }

                break;
        }

        Wake(stream);
    }

    private void Wake(DataStream stream)
    {
        if (!stream.Awake)
        {
            stream.Awake = true;
            stream.Turn ??= () =>
            {
                stream.Awake = false;
                Send(stream, noticesDue: false);
            };
            _node.AfterUs(_node.Random.Between(0, 100), stream.Turn);
        }
    }

    private void Send(DataStream stream, bool noticesDue)
    {
        if (stream.End.IsOver)
        {
            return;
        }

        try
        {
            bool more = stream.Feed.Compose(_message, noticesDue);
            if (!_message.IsEmpty)
            {
                Measure(stream, _message.Response);
                stream.End.Send(Copy(_message.Response));
            }

            if (more)
            {
                Wake(stream);
            }
            else if (stream.Feed.HasNotices && !stream.NoticeComes)
            {
                stream.NoticeComes = true;
                _node.AfterUs(NoticeUs, () =>
                {
                    stream.NoticeComes = false;
                    Send(stream, noticesDue: true);
                });
            }
        }
        catch (RefusalException refused)
        {
            _node.World.History.Report("V1", $"a task's input is gone: {refused.Refusal.Message}");
            stream.End.Send(new Refused(refused.Refusal));
            stream.End.Close();
        }
        finally
        {
            _message.Clear();
        }
    }

    /// <summary>One block may go alone, whatever its size; more only for credit.</summary>
    private void Measure(DataStream stream, RawFetchResponse response)
    {
        foreach (RawBlock block in response.Blocks)
        {
            long before = stream.Unreturned.GetValueOrDefault(block.Subscription);
            stream.Unreturned[block.Subscription] = before + block.Entries.Length;
            if (before > 0 && block.Entries.Length > 0)
            {
                _node.World.History.Measure(
                    "bytes sent to a task for credit",
                    stream.Unreturned[block.Subscription],
                    _node.World.Options.CreditBytes);
            }
        }
    }

    private void NoteReturned(DataStream stream, ulong subscription, uint bytes)
    {
        long left = stream.Unreturned.GetValueOrDefault(subscription) - bytes;
        stream.Unreturned[subscription] = Math.Max(0, left);
        _node.World.History.Measure("bytes returned that were never sent", -left, 0);
    }

    /// <summary>As it arrives: with memory of its own.</summary>
    private static RawFetchResponse Copy(RawFetchResponse response)
    {
        var copy = new RawFetchResponse();
        foreach (RawBlock block in response.Blocks)
        {
            copy.Add(block with { Entries = block.Entries.ToArray() });
        }

        return copy;
    }

    private sealed class DataStream(StreamEnd end, ulong session, StreamFeed feed)
    {
        public StreamEnd End { get; } = end;

        public ulong Session { get; } = session;

        public StreamFeed Feed { get; } = feed;

        /// <summary>Bytes that subscriptions were sent and have not told to have used.</summary>
        public Dictionary<ulong, long> Unreturned { get; } = [];

        public bool Awake { get; set; }

        /// <summary>What it does when it was woken; null: it never was.</summary>
        public Action? Turn { get; set; }

        public bool NoticeComes { get; set; }
    }
}
