using Millrace.Checking.Histories;
using Millrace.Checking.Invariants;
using Millrace.Checking.Logs;
using Millrace.Coordinator.Core.Views;
using Millrace.Simulation.Engine;
using Millrace.Simulation.Faults;
using Millrace.Simulation.Network;
using Millrace.Simulation.Nodes;
using Millrace.Simulation.Workers;
using Millrace.Worker.Core.Operators;

namespace Millrace.Simulation.Run;

/// <summary>One seed: faults for a while, then none until everything is done, then the verdict.</summary>
internal sealed class Simulation
{
    private const long CheckUs = 500_000;

    private readonly World _world;
    private readonly Cluster _cluster;
    private readonly FaultInjector _faults;
    private readonly ulong _seed;

    private Simulation(ulong seed, TextWriter? trace, Reduction reduction)
    {
        _seed = seed;
        var random = new SimRandom(seed);
        SimOptions options = reduction.Of(SimOptions.Of(seed));
        var scheduler = new Scheduler(random.Fork("ties"));
        var limits = new NetworkLimits(options.MinLatencyUs, options.MaxLatencyUs, options.SilentUs);
        var network = new SimNetwork(scheduler, random.Fork("network"), limits);
        _world = new World(options, random, scheduler, network, new History(), new Trace(scheduler, trace));
        _world.Trace.Say("seed", $"{seed}: {options} faults {string.Join(' ', options.Faults)}");
        _cluster = new Cluster(_world);
        _faults = new FaultInjector(_cluster, random.Fork("faults"), reduction);
        scheduler.Failed = Failed;
    }

    /// <param name="trace">Gets every step in words; null: nobody reads them.</param>
    /// <param name="reduction">What to leave out; null: nothing.</param>
    public static RunResult Run(ulong seed, TextWriter? trace = null, Reduction? reduction = null) =>
        new Simulation(seed, trace, reduction ?? Reduction.None).Run();

    private RunResult Run()
    {
        SimOptions options = _world.Options;
        _cluster.Start();
        _faults.Start();
        _world.Scheduler.RunUntil(options.SafetyUs);
        _world.Trace.Add("heal", "world");
        _faults.Heal();
        _cluster.EndTwins();
        long end = options.SafetyUs + options.HealUs;
        while (_world.Scheduler.NowUs < end && !IsDone())
        {
            _world.Scheduler.RunUntil(_world.Scheduler.NowUs + CheckUs);
        }

        RunResult result = Judge();
        _cluster.Coordinator.Release();
        return result;
    }

    /// <summary>Everything sent is stored, and everything stored is committed.</summary>
    private bool IsDone()
    {
        if (!_cluster.Admin.IsDone || !_cluster.Producers.All(p => p.Source.IsDone)
            || _cluster.Coordinator.SettledView() is not { } view)
        {
            return false;
        }

        return view.EventCount == (ulong)_world.History.Sent.Count
            && view.Assignments.All(a => a.CommittedOffset == a.NextOffset)
            && view.Topics.All(t => t.Partitions.All(p => p.State != PartitionState.Sealing))
            && view.Assignments.All(IsRun);
    }

    /// <summary>By whom the coordinator says, and not by somebody who has lost it and has not heard.</summary>
    private bool IsRun(AssignmentView assignment) => _cluster.Workers.SelectMany(w => w.Running).Any(r =>
        !r.IsCopy && r.Machine.Grant.Task == assignment.Task && r.Machine.Grant.Epoch == assignment.Epoch);

    private RunResult Judge()
    {
        var found = new List<Violation>();
        try
        {
            Log log = _cluster.Coordinator.Archive.Dump();
            found.AddRange(Checker.Check(_world.History, log));
            Completeness.Check(_world.History, log, Counts(), found);
        }
        catch (FormatException malformed)
        {
            found.Add(new Violation("V3", malformed.Message));
        }

        foreach (Violation violation in found)
        {
            _world.Trace.Say("verdict", violation.ToString());
        }

        return new RunResult(
            _seed,
            _faults.Injected,
            _world.Scheduler.NowUs / 1e6,
            _world.Scheduler.Steps,
            _world.History.Sent.Count,
            _world.Trace.Hash,
            found,
            _world.Trace.Counts);
    }

    /// <summary>What the tasks that run now count.</summary>
    private Dictionary<ulong, SnapshotSeen> Counts()
    {
        var counts = new Dictionary<ulong, SnapshotSeen>();
        IEnumerable<RunningTask> running = _cluster.Workers.SelectMany(w => w.Running).Where(r => !r.IsCopy);
        foreach (RunningTask task in running.OrderBy(t => t.Machine.Grant.Epoch))
        {
            Answer answer = task.Machine.Ask(new ScanKeys(default, default, int.MaxValue));
            counts[task.Machine.Grant.Task.Value] = new SnapshotSeen(
                task.Machine.NextOffset,
                answer.Entries.ToDictionary(e => System.Text.Encoding.UTF8.GetString(e.Key), e => e.Count));
        }

        return counts;
    }

    /// <summary>A step of a process failed: a planned death, or a bug.</summary>
    private void Failed(Life life, Exception failure)
    {
        SimNode node = _cluster.NodeOf(life);
        if (node == _cluster.Coordinator && _cluster.Coordinator.MayFail(failure))
        {
            _cluster.Coordinator.Died(failure.Message);
            return;
        }

        _world.Trace.Say(node.Name, failure.ToString());
        double at = _world.Scheduler.NowUs / 1e6;
        _world.History.Report("V0", $"{life} failed at {at:F3} s: {failure.GetType().Name}: {failure.Message}");
        node.End(silent: false);
        node.StartAfter(1_000_000);
    }
}
