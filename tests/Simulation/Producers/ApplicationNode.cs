using Millrace.Simulation.Nodes;

namespace Millrace.Simulation.Producers;

/// <summary>A machine on which an application publishes what its source holds.</summary>
internal abstract class ApplicationNode(World world, string name, EventSource source, bool isTwin)
    : SimNode(world, name, drift: 0)
{
    /// <summary>Applications do not make their clumps at the same moments.</summary>
    private readonly long _phaseUs = world.Random.Fork($"{name} phase").Between(0, world.Options.ClumpUs);

    public EventSource Source { get; } = source;

    /// <summary>It is a second process under the id of another one.</summary>
    protected bool IsTwin { get; } = isTwin;

    /// <summary>How many events of a topic the application has made by now.</summary>
    protected ulong Available(string topic)
    {
        long clump = World.Options.ClumpUs;
        long madeAt = ((World.Scheduler.NowUs + _phaseUs) / clump * clump) - _phaseUs;
        return (ulong)Source.Available(topic, Math.Max(0, madeAt) / (World.Options.SafetyUs * 0.9));
    }

    /// <summary>Runs a step when there may be more of one of these topics than the application has handed on; never,
    /// when there is no more to come.</summary>
    /// <param name="handed">How many events of a topic it has handed on.</param>
    protected void WhenMore(IEnumerable<string> topics, Func<string, ulong> handed, Action step)
    {
        double share = topics.Min(topic => Source.ShareBeyond(topic, handed(topic)));
        if (share <= 1)
        {
            long clump = World.Options.ClumpUs;
            long madeUs = (long)(share * World.Options.SafetyUs * 0.9);
            long dueUs = (((madeUs + _phaseUs) / clump) + 1) * clump - _phaseUs;
            World.Scheduler.After(Math.Max(0, dueUs - World.Scheduler.NowUs) + PaceUs(), Life!, step);
        }
    }

    protected TimeSpan Pace() => TimeSpan.FromMicroseconds(PaceUs());

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

    private int PaceUs() => Random.Between(1_000, 60_000);
}
