using System.Globalization;
using Millrace.Cli.Output;
using Millrace.Client;
using Millrace.Protocol.Admin.V1;

namespace Millrace.Cli.Cluster;

/// <summary>Plans and the policy as people read them.</summary>
internal static class PlanText
{
    public static void Write(Terminal terminal, RebalancePlan plan)
    {
        string name = ResourceNames.Short(plan.Name);
        terminal.Out.WriteLine(
            $"{name}  {Humane.Word(plan.State)}  {plan.Strategy}  from revision {plan.BaseRevision}: {plan.Why}");
        var table = new TextTable("JOB", "PART", "FROM", "TO", "WHY", ">STATE SIZE", ">WAVE");
        foreach (PlannedMove move in plan.Moves)
        {
            string[] parts = move.Assignment.Split('/');
            table.Add(
                parts.ElementAtOrDefault(1) ?? "",
                ResourceNames.Short(move.Assignment),
                ResourceNames.Short(move.FromWorker),
                ResourceNames.Short(move.ToWorker),
                Humane.Word(move.MoveReason),
                Humane.Bytes(move.StateBytes),
                move.Wave.ToString(CultureInfo.InvariantCulture));
        }

        table.WriteTo(terminal, "no moves");
        string bound = plan.Bound.Length > 0 ? $", bound by {plan.Bound}" : "";
        terminal.Out.WriteLine(
            $"imbalance {Number(plan.ImbalanceBefore)} -> {Number(plan.ImbalanceAfter)} "
            + $"(whole partitions allow {Number(plan.ImbalanceLowerBound)}){bound}; "
            + $"{plan.Moves.Count} moves, {Humane.Bytes(plan.TotalStateBytes)}");
        foreach (SkippedMove skipped in plan.Skipped)
        {
            terminal.Out.WriteLine($"  stays: {skipped.Assignment} ({skipped.Reason})");
        }

        foreach (string remark in plan.Remarks)
        {
            terminal.Out.WriteLine($"  {remark}");
        }

        if (plan.State == RebalancePlanState.Ready && plan.Moves.Count > 0)
        {
            terminal.Out.WriteLine($"apply: millrace rebalance apply {name}");
        }
    }

    public static void WriteList(Terminal terminal, ListRebalancePlansResponse response, DateTimeOffset now)
    {
        var table = new TextTable("PLAN", "STATE", "STRATEGY", "BY", ">MOVES", ">FROM", ">TO", ">AGE", "WHY");
        foreach (RebalancePlan plan in response.Plans)
        {
            table.Add(
                ResourceNames.Short(plan.Name),
                Humane.Word(plan.State),
                plan.Strategy,
                plan.Automatic ? "cluster" : "operator",
                plan.Moves.Count.ToString(CultureInfo.InvariantCulture),
                Number(plan.ImbalanceBefore),
                Number(plan.ImbalanceAfter),
                Humane.Age(plan.CreateTime, now),
                plan.Why);
        }

        table.WriteTo(terminal, "no plans: `millrace rebalance plan` makes one");
    }

    public static void Write(Terminal terminal, RebalancePolicy policy)
    {
        terminal.Out.WriteLine(
            $"strategy {policy.Strategy}, automatic {(policy.Automatic ? "on" : "off")}: starts above "
            + $"{Number(policy.StartImbalance)}, stops at {Number(policy.StopImbalance)}, last seen "
            + Number(policy.Imbalance));
        terminal.Out.WriteLine($"last decision {policy.LastDecision}: {policy.LastDecisionMessage}");
    }

    private static string Number(double value) => value.ToString("F2", CultureInfo.InvariantCulture);
}
