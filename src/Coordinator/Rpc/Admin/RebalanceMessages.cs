using System.Text.RegularExpressions;
using Millrace.Coordinator.Core.Operations;
using Millrace.Coordinator.Core.Placement.Balancing;
using Millrace.Coordinator.Core.Placement.Planning;
using Proto = Millrace.Protocol.Admin.V1;

namespace Millrace.Coordinator.Rpc.Admin;

/// <summary>Plans and explanations as the messages of the admin services.</summary>
internal static partial class RebalanceMessages
{
    public static Proto.RebalancePlan ToProto(this PlanView view)
    {
        StoredPlan plan = view.Plan;
        return new()
        {
            Name = ResourceNames.Plan(plan.Name),
            State = (Proto.RebalancePlanState)view.State,
            Strategy = plan.Strategy,
            Full = plan.Full,
            Automatic = plan.Automatic,
            Why = plan.Why,
            BaseRevision = plan.BaseRevision,
            Moves = { plan.Moves.Select(ToProto) },
            Skipped =
            {
                plan.Skipped.Select(s => new Proto.SkippedMove { Assignment = s.Assignment, Reason = Word(s.Reason) }),
            },
            TooHeavy = { plan.TooHeavy },
            Remarks = { plan.Remarks },
            Bound = plan.Bound == PlanBound.None ? "" : Word(plan.Bound),
            ImbalanceBefore = plan.ImbalanceBefore,
            ImbalanceAfter = plan.ImbalanceAfter,
            ImbalanceLowerBound = plan.LowerBound,
            TotalStateBytes = (ulong)plan.StateBytes,
            CreateTime = AdminMessages.Time(plan.CreatedUnixMs),
            ExpireTime = AdminMessages.Time(plan.ExpireUnixMs),
            Operation = plan.Operation == 0 ? "" : ResourceNames.Operation(Operation.NameOf(plan.Operation)),
        };
    }

    public static Proto.RebalancePolicy ToProto(this PolicyView view) => new()
    {
        Strategy = view.Strategy,
        Automatic = view.Automatic,
        StartImbalance = view.Start,
        StopImbalance = view.Stop,
        LastDecision = view.Decision,
        LastDecisionMessage = view.Message,
        LastDecisionTime = view.DecisionUnixMs == 0 ? null : AdminMessages.Time(view.DecisionUnixMs),
        Imbalance = view.Imbalance,
    };

    public static Proto.ExplainAssignmentResponse ToProto(this Explanation explained, Proto.Assignment assignment) =>
        new()
        {
            Assignment = assignment,
            LoadShare = explained.LoadShare,
            EventsPerSecond = explained.EventsPerSecond,
            Findings =
            {
                explained.Findings.Select(f => new Proto.Finding
                {
                    Reason = f.Reason,
                    Evidence = f.Evidence,
                    Suggestion = f.Suggestion,
                }),
            },
            Candidates =
            {
                explained.Candidates.Select(c => new Proto.PlacementCandidate
                {
                    Worker = ResourceNames.Worker(c.Worker),
                    Score = c.Score,
                    Capacity = c.Capacity,
                    AssignmentCount = (uint)c.Tasks,
                    WhyNot = c.WhyNot,
                }),
            },
        };

    private static Proto.PlannedMove ToProto(StoredMove move) => new()
    {
        Assignment = move.Assignment,
        FromWorker = ResourceNames.Worker(move.From),
        ToWorker = ResourceNames.Worker(move.To),
        MoveReason = move.Reason switch
        {
            PlanReason.WorkerJoined => Proto.AssignmentReason.WorkerJoined,
            PlanReason.Pin => Proto.AssignmentReason.Pin,
            PlanReason.Isolate => Proto.AssignmentReason.Isolate,
            _ => Proto.AssignmentReason.Rebalance,
        },
        StateBytes = (ulong)move.StateBytes,
        Wave = (uint)move.Wave,
    };

    /// <summary>ByteBudget as BYTE_BUDGET.</summary>
    private static string Word<T>(T value)
        where T : struct, Enum => WordStart().Replace($"{value}", "_").ToUpperInvariant();

    [GeneratedRegex("(?<=[a-z])(?=[A-Z])")]
    private static partial Regex WordStart();
}
