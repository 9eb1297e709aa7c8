using System.Globalization;
using Millrace.Coordinator.Core.Health;
using Millrace.Coordinator.Core.Membership;
using Millrace.Coordinator.Core.Operations;
using Millrace.Coordinator.Core.Placement.Planning;

namespace Millrace.Coordinator.Core.Placement.Balancing;

/// <summary>Says why a task is where it is and what would change it.</summary>
internal sealed class TaskExplainer(
    Turn turn, MemberTable members, PlanSites sites, LoadBoard loads, HeavyTasks heavy)
{
    /// <summary>Share of its worker's load from which a task is said to be what keeps it busy.</summary>
    private const double Dominates = 0.5;

    public Explanation Explain(TaskName name, AssignedTask task)
    {
        IStrategy strategy = turn.State.Rebalancing.Strategy;
        PlanSite site = sites.Make(strategy, PlanPurpose.Balance);
        int index = Array.IndexOf(site.Tasks, task);
        var fleet = new Fleet(site.Input, Numbers.Sane(site.Input.Load));
        double load = fleet.TaskLoad[index];
        int owner = site.Input.Owner[index];
        double share = owner >= 0 && fleet.Load[owner] > 0 ? load / fleet.Load[owner] : 0;
        var findings = new List<Finding> { WhyHere(task, strategy) };
        AddConstraints(findings, task, site, index);
        if (owner >= 0)
        {
            AddLoad(findings, fleet, site, index, share);
        }

        return new Explanation(
            name,
            share,
            loads.RateOf(task.Id),
            findings,
            [.. site.Workers.Select((w, i) => Candidate(w, i, task, site, fleet)).OrderBy(c => c.WhyNot.Length > 0)
                .ThenBy(c => c.Score).ThenBy(c => c.Worker, StringComparer.Ordinal)]);
    }

    private static Finding WhyHere(AssignedTask task, IStrategy strategy)
    {
        if (task.Worker.Length == 0)
        {
            return new Finding(
                "UNASSIGNED", "Nobody owns it.", "Start a worker that runs its operator, or uncordon one.");
        }

        string from = task.PreviousWorker.Length > 0 ? $" from worker {task.PreviousWorker}" : "";
        string why = task.Reason switch
        {
            AssignReason.ManualMove => "an operator moved it",
            AssignReason.Pin => "an operator pinned it there",
            AssignReason.WorkerJoined => "the worker joined and took its share",
            AssignReason.Rebalance => "a plan evened out load",
            AssignReason.Isolate => "it was too heavy for its worker, and this one has most headroom",
            AssignReason.RestoreTooSlow => "its former owner took too long to restore it",
            AssignReason.Drain => "its former worker was drained or left",
            _ => $"{strategy.Name} chose it when it needed an owner",
        };
        return new Finding(
            MoveReasons.Of(task.Reason), $"It came to worker {task.Worker}{from} because {why}.", "");
    }

    private void AddConstraints(List<Finding> findings, AssignedTask task, PlanSite site, int index)
    {
        if (task.Pin is { } pin)
        {
            findings.Add(new Finding("PINNED", $"It is pinned to {pin}.", "Unpin it to let it move."));
        }

        if (task.Transfer is { } copy)
        {
            findings.Add(new Finding(
                "MOVING", $"Worker {copy.Owner.Worker} makes a warm copy of it.", "It takes over once it keeps up."));
        }

        AddStandbys(findings, task);
        if (task.Transfer is null && site.Input.Resting![index])
        {
            string seconds = turn.Policy.MoveCooldown.TotalSeconds.ToString("0", CultureInfo.InvariantCulture);
            findings.Add(new Finding(
                "COOLDOWN",
                $"It was moved less than {seconds} s ago and is not moved again for load so soon.",
                "Move it by hand if it must."));
        }
    }

    private void AddStandbys(List<Finding> findings, AssignedTask task)
    {
        string? zone = ZoneOf(task.Owner);
        foreach (WarmCopy standby in task.Standbys)
        {
            bool shared = zone is not null && ZoneOf(standby.Owner) == zone;
            findings.Add(new Finding(
                shared ? "STANDBY_IN_THE_SAME_ZONE" : "STANDBY",
                $"Worker {standby.Owner.Worker}{(ZoneOf(standby.Owner) is { } its ? $" in zone {its}" : "")} keeps a "
                    + "warm copy of it, which takes over if the owner is lost"
                    + (shared ? "; owner and copy may be lost together." : "."),
                shared ? "It moves to another zone once a worker there is open, has room and runs its operator." : ""));
        }

        int lacking = turn.State.Jobs.Get(task.Job).Standbys - task.Standbys.Count();
        if (lacking > 0)
        {
            findings.Add(new Finding(
                "STANDBYS_MISSING",
                $"It lacks {lacking} of the standbys that its job asks for.",
                "They come once another worker is open, has room and runs its operator."));
        }
    }

    private string? ZoneOf(TaskOwner owner) => members.Holder(owner)?.Zone;

    private void AddLoad(List<Finding> findings, Fleet fleet, PlanSite site, int index, double share)
    {
        int owner = site.Input.Owner[index];
        double use = fleet.Mean > 0 ? fleet.Use(owner) / fleet.Mean : 1;
        string worker = site.Workers[owner].Name;
        bool hot = use > PlanOptions.Default.Start;
        findings.Add(new Finding(
            hot ? "WORKER_HOT" : "WORKER_BALANCED",
            string.Create(CultureInfo.InvariantCulture, $"Worker {worker} is at {use:F2} of the mean utilisation."),
            hot ? "millrace rebalance plan shows what would even it out." : ""));
        bool dominates = share > Dominates && fleet.Count[owner] > 1;
        bool tooHeavy = fleet.TaskLoad[index] > fleet.MostAt(PlanOptions.Default.Stop);
        string advice = tooHeavy ? $"It is too heavy for any worker: {heavy.WhatHelps(site, fleet, index)}." : "";
        if (dominates || tooHeavy)
        {
            findings.Add(new Finding(
                "DOMINATES",
                string.Create(
                    CultureInfo.InvariantCulture, $"It is {share * 100:F0} % of the load of worker {worker}."),
                advice.Length > 0 || !hot ? advice : "The others leave it, or it moves to where there is more room."));
        }

        if (heavy.KeyOf(site.Tasks[index]) is { } key)
        {
            findings.Add(new Finding("HOT_KEY", $"Most of its events are of {key}.", advice));
        }
    }

    private ExplainedCandidate Candidate(Member member, int worker, AssignedTask task, PlanSite site, Fleet fleet)
    {
        int index = Array.IndexOf(site.Tasks, task);
        bool owns = site.Input.Owner[index] == worker;
        double use = owns ? fleet.Use(worker) : fleet.UseWith(worker, fleet.TaskLoad[index]);
        return new ExplainedCandidate(
            member.Name,
            fleet.Mean > 0 ? use / fleet.Mean : 1,
            fleet.Capacity[worker],
            fleet.Count[worker],
            owns ? "OWNS_IT" : WhyNot(member, worker, task, fleet));
    }

    private string WhyNot(Member member, int worker, AssignedTask task, Fleet fleet)
    {
        if (member.State != WorkerState.Alive)
        {
            return "NOT_ALIVE";
        }

        if (!turn.State.Duties.IsOpen(member.Name))
        {
            return "CORDONED";
        }

        if (member.Flaps.IsOn)
        {
            return "QUARANTINED";
        }

        if (!member.Facts.Operators.Contains(turn.State.Jobs.Get(task.Job).Operator))
        {
            return "NO_OPERATOR";
        }

        if (task.Pin is { } pin && !pin.Permits(member))
        {
            return "PINNED_ELSEWHERE";
        }

        return fleet.IsFull(worker) ? "NO_ROOM" : "";
    }
}
