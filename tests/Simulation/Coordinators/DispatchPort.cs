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
    private readonly GrantTable _grants = new();
    private readonly List<DataStream> _streams = [];

    public DispatchPort(CoordinatorProcess process, CoordinatorNode node)
    {
        _process = process;
        _node = node;
        _limits = node.World.Options.ToDispatchLimits();
        _ring = new FrameRing(_limits.RingBytes);
    }

    public void Durable(SealedFrame frame)
    {
        _ring.Add(frame);
        foreach (DataStream stream in _streams)
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
        end.Broken = () => _streams.Remove(stream);
    }

    private void Take(DataStream stream, object message)
    {
        switch (message)
        {
            case FetchSubscribe subscribe:
                if (_grants.Find(stream.Session, subscribe.Task, subscribe.Epoch) is { } grant)
                {
                    stream.Feed.Subscribe(
                        new TaskCursor(grant, subscribe.Position, subscribe.NextOffset, subscribe.CreditBytes));
                }

                break;
            case FetchUnsubscribe unsubscribe:
                stream.Feed.Unsubscribe(unsubscribe.Task, unsubscribe.Epoch);
                break;
            case FetchCredit credit:
                stream.Feed.AddCredit(credit.Task, credit.Epoch, (uint)credit.Bytes);
                break;
        }

        Wake(stream);
    }

    private void Wake(DataStream stream)
    {
        if (!stream.Awake)
        {
            stream.Awake = true;
            _node.AfterUs(_node.Random.Between(0, 100), () =>
            {
                stream.Awake = false;
                Send(stream, noticesDue: false);
            });
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
            var message = new FetchMessage(_limits.MessageBytes);
            bool more = stream.Feed.Compose(message, noticesDue);
            if (!message.IsEmpty)
            {
                stream.End.Send(Copy(message.Response));
            }

            message.Clear();
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

        public bool Awake { get; set; }

        public bool NoticeComes { get; set; }
    }
}
