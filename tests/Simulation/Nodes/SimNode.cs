using Millrace.Simulation.Engine;

namespace Millrace.Simulation.Nodes;

/// <summary>A machine that runs one process at a time.</summary>
/// <param name="machine">Null: it has one of its own.</param>
internal abstract class SimNode(World world, string name, double drift, string? machine = null)
{
    private int _lives;

    public string Name { get; } = name;

    public World World { get; } = world;

    public NodeClock Clock { get; } = new(world.Scheduler, drift);

    public SimRandom Random { get; } = world.Random.Fork(name);

    /// <summary>The process; null while none runs.</summary>
    public Life? Life { get; private set; }

    public bool IsUp => Life is { Ended: false };

    public void Start()
    {
        if (IsUp)
        {
            return;
        }

        Life = new Life(Name, ++_lives, machine);
        Clock.Restart();
        World.Trace.Add("start", Name, (ulong)_lives);
        World.Scheduler.After(0, Life, Boot);
    }

    public void StartAfter(long delayUs) => World.Scheduler.After(delayUs, Start);

    /// <summary>The process ends without a word.</summary>
    /// <param name="silent">The machine is gone too, so that nobody closes its streams.</param>
    public void End(bool silent)
    {
        if (Life is { Ended: false } life)
        {
            World.Trace.Add("end", Name, (ulong)life.Number, silent ? 1u : 0);
            life.End();
            World.Network.EndLife(life, silent);
            Ended();
        }
    }

    /// <param name="stopped">By a signal: others can see it.</param>
    public void Pause(long forUs, bool stopped = false)
    {
        if (Life is { Ended: false, Paused: false } life)
        {
            World.Trace.Add("pause", Name, (ulong)forUs);
            life.Pause(stopped);
            World.Scheduler.After(forUs, () => Resume(life));
        }
    }

    /// <summary>Ends a pause, if there is one.</summary>
    public void WakeUp()
    {
        if (Life is { } life)
        {
            Resume(life);
        }
    }

    /// <summary>Runs a step of the present process after a wait by its own clock.</summary>
    public void After(TimeSpan wait, Action step) => World.Scheduler.After(Clock.TrueUs(wait), Life!, step);

    /// <summary>Runs a step of the present process again and again until it ends.</summary>
    public void Every(TimeSpan interval, Action step)
    {
        Action again = null!;
        again = () =>
        {
            step();
            After(interval, again);
        };
        After(interval, again);
    }

    protected abstract void Boot();

    /// <summary>The process is gone; what it held in memory goes now.</summary>
    protected virtual void Ended()
    {
    }

    private void Resume(Life life)
    {
        if (!life.Ended && life.Paused)
        {
            World.Trace.Add("resume", Name);
            World.Scheduler.Resume(life);
        }
    }
}
