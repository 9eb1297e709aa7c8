using Millrace.Checking.Histories;
using Millrace.Common.Model;
using Millrace.Simulation.Messages;
using Millrace.Simulation.Network;
using Millrace.Simulation.Nodes;

namespace Millrace.Simulation.Producers;

/// <summary>
/// An application with a client that nobody here wrote: after a broken stream it goes on under the same epoch, on a new
/// stream, and repeats what is not acknowledged, cut into other batches. Now and then it does so without any need.
/// </summary>
internal sealed class ForeignProducerNode(
    World world, string name, EventSource source, ICoordinatorAddress coordinator, bool isTwin)
    : ApplicationNode(world, name, source, isTwin)
{
    private const double NeedlessRepeat = 0.01;

    private readonly Dictionary<string, Lane> _lanes = [];
    private readonly List<byte> _batch = [];
    private ulong _epoch;

    protected override void Boot() => Open();

    protected override void Ended()
    {
        _lanes.Clear();
        _epoch = 0;
    }

    private void Open()
    {
        _epoch = 0;
        foreach (Lane lane in _lanes.Values)
        {
            lane.Stream?.Abort();
            lane.Stream = null;
        }

        StreamEnd call = coordinator.Connect(this);
        call.Received = answer =>
        {
            call.Broken = null;
            Opened(answer);
        };
        call.Broken = () => After(Pace(), Open);
        call.Send(new OpenProducerCall(Source.Producer, Reset: false));
    }

    private void Opened(object answer)
    {
        if (answer is not OpenProducerAnswer opened)
        {
            After(Pace(), Open);
            return;
        }

        World.Trace.Add("opened", Name, opened.Epoch);
        _epoch = opened.Epoch;
        foreach (string topic in Source.Topics)
        {
            ulong durable = opened.Topics.FirstOrDefault(t => t.Topic == topic).LastSequence;
            if (!_lanes.TryGetValue(topic, out Lane? lane))
            {
                _lanes[topic] = lane = new Lane(topic);
                lane.Turn = () => Feed(lane);
                After(Pace(), lane.Turn);
            }
            else if (durable < lane.Acknowledged)
            {
                World.History.Report("V1", $"{Name}: {lane.Acknowledged} was acknowledged, now {durable} is known");
            }

            Acknowledged(lane, durable, opened.Incarnation);
            lane.Sent = lane.Acknowledged;
        }
    }

    private void Feed(Lane lane)
    {
        if (_epoch != 0)
        {
            if (lane.Stream is null || Random.Chance(NeedlessRepeat))
            {
                Connect(lane);
            }

            SendBatches(lane);
            if (lane.Acknowledged >= Available(lane.Topic))
            {
                WhenMore([lane.Topic], _ => lane.Acknowledged, lane.Turn);
                return;
            }
        }

        After(Pace(), lane.Turn);
    }

    private void Connect(Lane lane)
    {
        lane.Sent = lane.Acknowledged;
        StreamEnd stream = coordinator.Connect(this);
        lane.Stream = stream;
        stream.Received = message => Heard(lane, stream, message);
        stream.Broken = () =>
        {
            // Its next turn dials again; now and then it cannot wait, but it does not dial in a circle.
            if (lane.Stream == stream)
            {
                lane.Stream = null;
                if (Random.Chance(0.3))
                {
                    Connect(lane);
                    SendBatches(lane);
                }
            }
        };
    }

    private void SendBatches(Lane lane)
    {
        ulong end = Math.Min(
            Available(lane.Topic),
            lane.Acknowledged + (ulong)(World.Options.MaxBatchEvents * World.Options.MaxInFlightBatches));
        while (lane.Sent < end)
        {
            ulong first = lane.Sent + 1;
            int count = Random.Between(1, (int)Math.Min((ulong)World.Options.MaxBatchEvents, end - lane.Sent));
            _batch.Clear();
            for (int i = 0; i < count && (i == 0 || _batch.Count < World.Options.MaxFrameBytes / 8); i++)
            {
                _batch.AddRange(Source.Entry(lane.Topic, first + (ulong)i));
                lane.Sent++;
            }

            lane.Stream!.Send(new PublishBatch(Source.Producer, _epoch, lane.Topic, first, _batch.ToArray()));
        }
    }

    private void Heard(Lane lane, StreamEnd stream, object message)
    {
        if (message is PublishAck ack)
        {
            Acknowledged(lane, ack.LastSequence, ack.Incarnation);
            return;
        }

        Refusal why = ((Refused)message).Why;
        World.Trace.Say(Name, $"refused: {why.Reason} {why.Message}");
        stream.Broken = null;
        if (lane.Stream != stream)
        {
            return;
        }

        lane.Stream = null;
        if (IsTwin && why.Reason == "PRODUCER_FENCED")
        {
            World.Scheduler.After(0, Life!, Fail);
        }
        else if (why.Reason is "PRODUCER_FENCED" or "UNKNOWN_PRODUCER")
        {
            Open();
        }
    }

    private void Acknowledged(Lane lane, ulong last, ulong incarnation)
    {
        if (last > lane.Acknowledged)
        {
            lane.Acknowledged = last;
            Source.Acknowledged(lane.Topic, last);
            World.Trace.Add("acked", Name, last);
            World.History.Acknowledgements.Add(
                new Acknowledgement(Source.Producer, lane.Topic, last, incarnation, World.Scheduler.NowUs));
        }
    }

    private sealed class Lane(string topic)
    {
        public string Topic { get; } = topic;

        public ulong Acknowledged { get; set; }

        public ulong Sent { get; set; }

        public StreamEnd? Stream { get; set; }

        /// <summary>Feeds it.</summary>
        public Action Turn { get; set; } = null!;
    }
}
