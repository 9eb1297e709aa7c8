using Millrace.Client.Core;
using Millrace.Simulation.Nodes;
using Millrace.Simulation.Run;

namespace Millrace.Simulation.Producers;

/// <summary>An application that publishes what its source holds.</summary>
internal sealed class ProducerNode(
    World world, string name, EventSource source, ICoordinatorAddress coordinator, bool isTwin = false)
    : SimNode(world, name, drift: 0)
{
    private ProducerShell? _shell;

    public EventSource Source { get; } = source;

    protected override void Boot()
    {
        SimOptions options = World.Options;
        var shell = new ProducerShell(this, coordinator, Source.Producer, options.ToProducerPolicy(Random));
        shell.Durable = (lane, last) => Source.Acknowledged(lane.Topic, last);
        shell.Failed = _ => World.Scheduler.After(0, Life!, Fail);
        _shell = shell;
        shell.Start();
        After(Pace(), Feed);
    }

    protected override void Ended() => _shell = null;

    private TimeSpan Pace() => TimeSpan.FromMicroseconds(Random.Between(1_000, 60_000));

    /// <summary>Hands events that are due to the machine, as an application would.</summary>
    private void Feed()
    {
        if (_shell is { IsReady: true } shell)
        {
            double share = World.Scheduler.NowUs / (World.Options.SafetyUs * 0.95);
            foreach (string topic in Source.Topics)
            {
                ProducerLane lane = shell.Lane(topic);
                ulong available = (ulong)Source.Available(topic, share);
                for (int i = 0; i < World.Options.Burst && lane.LastSequence < available; i++)
                {
                    if (!shell.TryAdd(lane, Source.Entry(topic, lane.LastSequence + 1)))
                    {
                        break;
                    }
                }

                shell.Pump(lane);
            }
        }

        After(Pace(), Feed);
    }

    /// <summary>The application ends. Something starts it again, and it reads its source from where the coordinator is.</summary>
    private void Fail()
    {
        End(silent: false);
        if (!isTwin)
        {
            StartAfter(Random.Between(100_000, 2_000_000));
        }
    }
}
