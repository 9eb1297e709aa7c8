using System.Globalization;
using Millrace.Coordinator.Core.Membership;
using Millrace.Coordinator.Core.Placement.Planning;

namespace Millrace.Coordinator.Core.Placement.Balancing;

/// <summary>
/// Moves tasks without being asked: brings newcomers their share, and evens out load once it has been uneven for
/// several looks in a row; after the loss of a worker at once, but only a little. Whatever it does for load is a plan
/// like any other.
/// </summary>
internal sealed class Rebalancer(
    Turn turn,
    MemberTable members,
    Transfers transfers,
    LoadBoard loads,
    PlanMaker maker,
    PlanRunner runner)
{
    /// <summary>Plans that follow one finding of uneven load, the first included: each sees better what tasks cost
    /// than the one before, and numbers that waver must not keep tasks moving for ever.</summary>
    private const int MostPlans = 3;

    private TimeSpan _lookedAt;
    private int _rounds;
    private int _plansLeft;
    private int _quiet;

    /// <summary>A stable word.</summary>
    public string Decision { get; private set; } = "NOT_YET";

    public string Message { get; private set; } = "Load has not been looked at yet.";

    public long DecisionUnixMs { get; private set; }

    public double Imbalance { get; private set; } = 1;

    /// <param name="lost">A worker was lost since the last look.</param>
    /// <returns>Whether load was judged, so that the loss is dealt with.</returns>
    public bool Run(bool lost)
    {
        Join();
        if (turn.Now.Uptime - _lookedAt < turn.Policy.RebalanceInterval)
        {
            return false;
        }

        _lookedAt = turn.Now.Uptime;
        loads.Refresh(turn.Now.Uptime);
        return Look(lost);
    }

    private void Join()
    {
        Member[] newcomers = [.. members.All.Where(IsReady)];
        if (!newcomers.Any(transfers.HasRoom))
        {
            return;
        }

        IStrategy strategy = turn.State.Rebalancing.Strategy;
        PlanSite site = maker.Sites.Make(strategy, PlanPurpose.Join, newcomers);
        int left = turn.Policy.JoinMovesPerTick;
        PlanOptions options = PlanOptions.Default with
        {
            MaxMoves = left,
            Seed = turn.State.Assignments.LastEpoch.Value,
        };
        Plan plan = Planner.Make(site.Input, options, strategy);
        foreach (PlannedMove move in plan.Moves.Where(m => m.Reason == PlanReason.WorkerJoined))
        {
            Member target = site.Workers[move.To];
            if (transfers.HasRoom(target))
            {
                transfers.Start(site.Tasks[move.Task], target, AssignReason.WorkerJoined, operation: 0);
            }
        }

        if (plan.Bound is not PlanBound.MoveBudget)
        {
            var served = plan.Moves.Select(m => site.Workers[m.To]).ToHashSet();
            foreach (Member newcomer in newcomers.Where(n => !served.Contains(n)))
            {
                newcomer.AwaitsShare = false;
            }
        }
    }

    /// <summary>Settled: alive, heard of since it joined, and not just now.</summary>
    private bool IsReady(Member member) =>
        member.AwaitsShare
        && turn.State.Duties.Takes(member)
        && member.Load is not null
        && turn.Now.Uptime - member.JoinedAt >= turn.Policy.JoinSettle;

    private bool Look(bool lost)
    {
        IStrategy strategy = turn.State.Rebalancing.Strategy;
        if (!turn.State.Rebalancing.Automatic || !strategy.Balances)
        {
            string why = strategy.Balances ? "it is switched off" : $"{strategy.Name} does not move running tasks";
            Decide("OFF", $"Load is not evened out automatically: {why}.");
            return true;
        }

        if (runner.IsRunning || turn.State.Assignments.Moving.Any() || members.All.Any(m => m.AwaitsShare && m.Holds))
        {
            Decide("BUSY", "Moves are under way; what they bring is seen first.");
            return false;
        }

        PlanOptions options = PlanOptions.Default with { MaxMoves = 0, MaxBytes = 0 };
        if (lost || _plansLeft > 0)
        {
            options = options with { Start = options.Stop, MaxMoves = lost ? turn.Policy.FollowUpMoves : 0 };
        }

        StoredPlan plan = maker.Make(strategy, PlanPurpose.Balance, options, automatic: true, why: "");
        Imbalance = plan.ImbalanceBefore;
        Consider(plan, options, lost);
        return true;
    }

    private void Consider(StoredPlan plan, PlanOptions options, bool lost)
    {
        bool uneven = plan.ImbalanceBefore > options.Start;
        _rounds = uneven ? _rounds + 1 : 0;
        string level = string.Create(
            CultureInfo.InvariantCulture,
            $"the most used worker is at {plan.ImbalanceBefore:F2} of the mean, {options.Start:F2} is the limit");
        if (!uneven && !plan.Moves.Any(m => m.Reason == PlanReason.Pin))
        {
            Rest();
            Decide("BALANCED", $"Nothing to do: {level}.");
        }
        else if (uneven && !lost && _rounds < turn.Policy.RebalanceRounds)
        {
            Decide("WAITING", $"Uneven in {_rounds} of {turn.Policy.RebalanceRounds} looks in a row: {level}.");
        }
        else if (plan.Moves.Count == 0 && plan.ImbalanceBefore <= PlanOptions.Default.Start)
        {
            Rest();
            Decide("BALANCED", $"No move would help any more: {level}.");
        }
        else if (plan.Moves.Count == 0)
        {
            string skipped = plan.Skipped.Count > 0 ? $" ({plan.Skipped[0].Assignment}: {plan.Skipped[0].Reason})" : "";
            Decide("NOTHING_HELPS", $"No move would help{skipped}: {level}.{Remarks(plan)}");
        }
        else
        {
            Act(plan, level, lost);
        }
    }

    private void Act(StoredPlan plan, string level, bool lost)
    {
        string why = lost ? $"After the loss of a worker, {level}." : $"For {_rounds} looks in a row, {level}.";
        (_rounds, _quiet) = (0, 0);
        _plansLeft = (lost || _plansLeft == 0 ? MostPlans : _plansLeft) - 1;
        Decide("ACTED", why + Remarks(plan));
        StoredPlan stored = plan with { Why = why };
        turn.Record(new PlanCreated(stored, null, turn.Now.UnixMs));
        runner.Start(stored, 0, null);
    }

    /// <summary>Evening out is over once there was nothing to do for as many looks as it takes to begin.</summary>
    private void Rest()
    {
        if (++_quiet >= turn.Policy.RebalanceRounds)
        {
            _plansLeft = 0;
        }
    }

    private static string Remarks(StoredPlan plan) => string.Concat(plan.Remarks.Select(r => $" {r}"));

    /// <summary>A change for the worse that nothing is done about is worth an event; the rest can be asked
    /// for.</summary>
    private void Decide(string decision, string message)
    {
        if (decision == "NOTHING_HELPS" && Decision != decision)
        {
            turn.Raise(EventLevel.Warn, "REBALANCE_SKIPPED", "cluster", message);
        }

        (Decision, Message, DecisionUnixMs) = (decision, message, turn.Now.UnixMs);
    }
}
