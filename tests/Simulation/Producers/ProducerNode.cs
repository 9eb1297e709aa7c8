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

    /// <summary>Which of the waits for more is the one that counts; null while none does.</summary>
    private object? _wait;

    protected override void Boot()
    {
        var shell = new ProducerShell(this, coordinator, Source.Producer, World.Options.ToProducerPolicy(Random))
        {
            Durable = (lane, last) => Source.Acknowledged(lane.Topic, last),
            GaveBack = FeedAgain,
            Failed = _ => World.Scheduler.After(0, Life!, Fail),
        };
        _shell = shell;
        _wait = null;
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
                WaitForMore(shell);
                return;
            }
        }

        After(Pace(), Feed);
    }

    private void WaitForMore(ProducerShell shell)
    {
        object wait = new();
        _wait = wait;
        WhenMore(Source.Topics, topic => shell.Lane(topic).LastSequence, () =>
        {
            if (_wait == wait)
            {
                _wait = null;
                Feed();
            }
        });
    }

    /// <summary>It had handed on all there was, perhaps the last it will ever have, and has to hand on some of it
    /// again.</summary>
    private void FeedAgain()
    {
        if (_wait is not null)
        {
            _wait = null;
            After(Pace(), Feed);
        }
    }
}
