using System.Numerics;

namespace Millrace.Simulation.Engine;

/// <summary>The one queue of everything that happens, ordered by (time, seeded tie-break). Times are microseconds
/// since the start of the run.</summary>
internal sealed class Scheduler(SimRandom ties)
{
    private static readonly Action<object> _run = step => ((Action)step)();

    private readonly StepQueue _queue = new();

    public long NowUs { get; private set; }

    public long Steps { get; private set; }

    /// <summary>When each step so far was due and how ties were broken, folded to one number.</summary>
    public ulong Hash { get; private set; }

    /// <summary>Called when a process's step throws.</summary>
    public Action<Life, Exception>? Failed { get; set; }

    /// <summary>Runs a step of a process after a delay, unless that life has ended by then.</summary>
    public void After(long delayUs, Life life, Action action) => Add(delayUs, new Step(life, action));

    /// <summary>Runs a step of the world (network, disk, faults) after a delay.</summary>
    public void After(long delayUs, Action action) => Add(delayUs, new Step(null, action));

    /// <summary>Runs a step of a process now; only from a step of the world, because a process is in one step at a
    /// time.</summary>
    /// <param name="argument">What it is about, so that a step that is made again and again needs no memory.</param>
    public void Now(Life life, Action<object> action, object argument)
    {
        if (life.Ended)
        {
            return;
        }

        if (life.Paused)
        {
            life.Overdue.Enqueue((action, argument));
            return;
        }

        try
        {
            action(argument);
        }
        catch (Exception failure) when (Failed is not null)
        {
            Failed(life, failure);
        }
    }

    /// <summary>Ends a pause: everything overdue happens now, in order, before anything else of that process.</summary>
    public void Resume(Life life)
    {
        life.Resume();
        while (!life.Paused
            && !life.Ended
            && life.Overdue.TryDequeue(out (Action<object> Action, object Argument) overdue))
        {
            Now(life, overdue.Action, overdue.Argument);
        }
    }

    /// <summary>Runs until the time is reached or nothing is left to do.</summary>
    public void RunUntil(long untilUs)
    {
        while (_queue.NextAt <= untilUs)
        {
            NowUs = _queue.NextAt;
            Steps++;
            Hash = (BitOperations.RotateLeft(Hash, 7) ^ _queue.NextTie ^ (ulong)NowUs) * 0x9E3779B97F4A7C15;
            Step step = _queue.Take();
            if (step.Life is { } life)
            {
                Now(life, _run, step.Action);
            }
            else
            {
                step.Action();
            }
        }

        NowUs = Math.Max(NowUs, untilUs);
    }

    private void Add(long delayUs, in Step step) =>
        _queue.Add(NowUs + Math.Max(0, delayUs), ties.NextUInt64(), step);
}
