namespace Millrace.Simulation.Engine;

/// <summary>The one queue of everything that happens, ordered by (time, seeded tie-break). Times are microseconds
/// since the start of the run.</summary>
internal sealed class Scheduler(SimRandom ties)
{
    private readonly PriorityQueue<Step, (long At, ulong Tie)> _queue = new();

    public long NowUs { get; private set; }

    public long Steps { get; private set; }

    /// <summary>Called when a process's step throws.</summary>
    public Action<Life, Exception>? Failed { get; set; }

    /// <summary>Runs a step of a process after a delay, unless that life has ended by then.</summary>
    public void After(long delayUs, Life life, Action action) =>
        _queue.Enqueue(new Step(life, action), (NowUs + Math.Max(0, delayUs), ties.NextUInt64()));

    /// <summary>Runs a step of the world (network, disk, faults) after a delay.</summary>
    public void After(long delayUs, Action action) =>
        _queue.Enqueue(new Step(null, action), (NowUs + Math.Max(0, delayUs), ties.NextUInt64()));

    /// <summary>Ends a pause: everything overdue happens now, in order, before anything else of that process.</summary>
    public void Resume(Life life)
    {
        life.Resume();
        while (!life.Paused && !life.Ended && life.Overdue.TryDequeue(out Action? overdue))
        {
            Run(life, overdue);
        }
    }

    /// <summary>Runs until the time is reached, the condition holds, or nothing is left to do.</summary>
    /// <returns>True if it stopped because the condition holds.</returns>
    public bool RunUntil(long untilUs, Func<bool>? done = null)
    {
        while (_queue.TryPeek(out _, out (long At, ulong Tie) due) && due.At <= untilUs)
        {
            if (done is not null && done())
            {
                return true;
            }

            Step step = _queue.Dequeue();
            NowUs = due.At;
            Steps++;
            Run(step.Life, step.Action);
        }

        NowUs = Math.Max(NowUs, untilUs);
        return done is not null && done();
    }

    private void Run(Life? life, Action action)
    {
        if (life is null)
        {
            action();
            return;
        }

        if (life.Ended)
        {
            return;
        }

        if (life.Paused)
        {
            life.Overdue.Enqueue(action);
            return;
        }

        try
        {
            action();
        }
        catch (Exception failure) when (Failed is not null)
        {
            Failed(life, failure);
        }
    }

    private readonly record struct Step(Life? Life, Action Action);
}
