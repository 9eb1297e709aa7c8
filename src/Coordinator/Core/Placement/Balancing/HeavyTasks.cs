using System.Globalization;
using Millrace.Common.Keys;
using Millrace.Coordinator.Core.HotKeys;
using Millrace.Coordinator.Core.Jobs;
using Millrace.Coordinator.Core.Operations;
using Millrace.Coordinator.Core.Placement.Planning;

namespace Millrace.Coordinator.Core.Placement.Balancing;

/// <summary>What is to be said of tasks that are too heavy for a worker: whether one key makes them so, and what
/// helps.</summary>
internal sealed class HeavyTasks(Turn turn, HotKeyBoard keys, LoadBoard loads)
{
    /// <summary>Share of a task's events from which a key is what makes it heavy: a split leaves at least so much
    /// together.</summary>
    private const double Dominates = 0.5;

    private const int MostRemarks = 4;

    /// <summary>The key that makes a task heavy; null: none does.</summary>
    public HotKey? KeyOf(AssignedTask task)
    {
        if (keys.Of(task, turn.Now.Uptime) is not { } key)
        {
            return null;
        }

        Job job = turn.State.Jobs.Get(task.Job);
        double all = job.Tasks.Sum(loads.RateOf);
        double share = all > 0 ? Math.Min(1, key.Share * all / Math.Max(loads.RateOf(task.Id), double.Epsilon)) : 0;
        return share >= Dominates
            ? new HotKey(KeyText.Of(key.Key), key.Share, turn.State.Topics.Get(job.Topic).Name, share)
            : null;
    }

    /// <summary>For a task that no worker can take without being too busy.</summary>
    public string WhatHelps(PlanSite site, Fleet fleet, int task)
    {
        double most = fleet.MostAt(PlanOptions.Default.Stop);
        return KeyOf(site.Tasks[task]) is { } key && fleet.TaskLoad[task] * key.TaskShare > most
            ? $"only spreading {key}, over several keys in the producer helps"
            : "only a split of its partition helps";
    }

    /// <summary>Sentences on a plan: who gets a worker to itself, and what no move helps.</summary>
    public IReadOnlyList<string> Remarks(PlanSite site, Plan plan)
    {
        var fleet = new Fleet(site.Input, Numbers.Sane(site.Input.Load));
        return
        [
            .. Isolated(site, plan).Select(i =>
                $"{NameOf(i.Task)} is too heavy to share a worker{Because(i.Task)}: {i.Worker} is freed for it."),
            .. plan.TooHeavy.Take(MostRemarks).Select(t =>
                $"{NameOf(site.Tasks[t])} is too heavy for any worker: {WhatHelps(site, fleet, t)}."),
        ];
    }

    /// <summary>Those that move for it, and those that all others leave.</summary>
    private static IEnumerable<(AssignedTask Task, string Worker)> Isolated(PlanSite site, Plan plan)
    {
        var left = plan.Moves.Where(m => m.Reason == PlanReason.Rebalance).Select(m => m.From).ToHashSet();
        var isolated = plan.Moves.Where(m => m.Reason == PlanReason.Isolate).Select(m => m.Task).ToHashSet();
        int[] owner = [.. site.Input.Owner];
        foreach (PlannedMove move in plan.Moves)
        {
            owner[move.Task] = move.To;
        }

        var alone = owner.Where(o => o >= 0).GroupBy(o => o).Where(g => g.Count() == 1).Select(g => g.Key).ToHashSet();
        for (int task = 0; task < owner.Length; task++)
        {
            bool stays = owner[task] >= 0 && owner[task] == site.Input.Owner[task];
            if ((stays && left.Contains(owner[task]) && alone.Contains(owner[task]))
                || isolated.Contains(task))
            {
                yield return (site.Tasks[task], site.Workers[owner[task]].Name);
            }
        }
    }

    private string Because(AssignedTask task) => KeyOf(task) is { } key ? $" because of {key}" : "";

    private string NameOf(AssignedTask task) => $"{TaskName.Of(turn.State.Jobs.Get(task.Job), task)}";
}

/// <param name="Share">Of its topic's events, 0 to 1.</param>
/// <param name="TaskShare">Of its task's events, 0 to 1.</param>
internal sealed record HotKey(string Text, double Share, string Topic, double TaskShare)
{
    public override string ToString() => string.Create(
        CultureInfo.InvariantCulture,
        $"key {Text}, {Share * 100:F0} % of the events of topics/{Topic}");
}
