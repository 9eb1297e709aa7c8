using Millrace.Simulation.Nodes;

namespace Millrace.Simulation.Producers;

/// <summary>A machine on which an application publishes what its source holds.</summary>
internal abstract class ApplicationNode(World world, string name, EventSource source, bool isTwin)
    : SimNode(world, name, drift: 0)
{
    public EventSource Source { get; } = source;

    /// <summary>It is a second process under the id of another one.</summary>
    protected bool IsTwin { get; } = isTwin;

    /// <summary>How many events of a topic the application has made by now.</summary>
    protected ulong Available(string topic) =>
        (ulong)Source.Available(topic, World.Scheduler.NowUs / (World.Options.SafetyUs * 0.95));

    protected TimeSpan Pace() => TimeSpan.FromMicroseconds(Random.Between(1_000, 60_000));

    /// <summary>The application ends. Something starts it again, and it reads its source from where the coordinator
    /// is; but for one that was only a second process of another.</summary>
    protected void Fail()
    {
        End(silent: false);
        if (!IsTwin)
        {
            StartAfter(Random.Between(100_000, 2_000_000));
        }
    }
}
