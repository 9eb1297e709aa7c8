using Millrace.Client.Core;
using Millrace.Simulation.Nodes;
using Millrace.Simulation.Run;

namespace Millrace.Simulation.Producers;

/// <summary>An application with the real client.</summary>
internal sealed class ProducerNode(
    World world, string name, EventSource source, ICoordinatorAddress coordinator, bool isTwin)
    : ApplicationNode(world, name, source, isTwin)
{
    private ProducerShell? _shell;

    protected override void Boot()
    {
        var shell = new ProducerShell(this, coordinator, Source.Producer, World.Options.ToProducerPolicy(Random))
        {
            Durable = (lane, last) => Source.Acknowledged(lane.Topic, last),
            Failed = _ => World.Scheduler.After(0, Life!, Fail),
        };
        _shell = shell;
        shell.Start();
        After(Pace(), Feed);
    }

    protected override void Ended() => _shell = null;

    /// <summary>Hands events that are due to the machine, as an application would.</summary>
    private void Feed()
    {
        if (_shell is { IsReady: true } shell)
        {
            bool isBehind = false;
            foreach (string topic in Source.Topics)
            {
                ProducerLane lane = shell.Lane(topic);
                ulong available = Available(topic);
                for (int i = 0; i < World.Options.Burst && lane.LastSequence < available; i++)
                {
                    if (!shell.TryAdd(lane, Source.Entry(topic, lane.LastSequence + 1)))
                    {
                        break;
                    }
                }

                shell.Pump(lane);
                isBehind |= lane.LastSequence < available;
            }

            if (!isBehind)
            {
                WhenMore(Source.Topics, topic => shell.Lane(topic).LastSequence, Feed);
                return;
            }
        }

        After(Pace(), Feed);
    }
}
