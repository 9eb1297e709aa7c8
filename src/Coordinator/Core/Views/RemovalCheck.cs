using Millrace.Coordinator.Core.Placement;

namespace Millrace.Coordinator.Core.Views;

/// <summary>Whether any one worker could be taken away now, its tasks going to the others.</summary>
internal static class RemovalCheck
{
    /// <returns>Stable words with a sentence each; empty: one may be taken away.</returns>
    public static IReadOnlyList<string> WhyNot(CoordinatorState state, Roster roster, int unassigned)
    {
        var reasons = new List<string>();
        if (unassigned > 0)
        {
            reasons.Add($"TASKS_WITHOUT_OWNER: {unassigned} tasks have no owner now.");
        }

        if (roster.All.Count < 2)
        {
            reasons.Add($"TOO_FEW_WORKERS: {roster.All.Count} workers are alive; at least two are needed.");
            return reasons;
        }

        foreach (string op in state.Jobs.All.Select(j => j.Operator).Distinct().Order(StringComparer.Ordinal))
        {
            if (roster.All.Count(c => c.CanRun(op)) < 2)
            {
                reasons.Add($"OPERATOR_ON_ONE_WORKER: fewer than two workers can run {op}.");
            }
        }

        foreach (Candidate leaving in roster.All)
        {
            long room = roster.All.Where(c => c != leaving).Sum(RoomOf);
            if (room < leaving.Held)
            {
                string name = leaving.Member.Name;
                reasons.Add($"NO_ROOM: without {name} there is room for {room} of its {leaving.Held} tasks.");
            }
        }

        return reasons;
    }

    private static long RoomOf(Candidate candidate) =>
        candidate.Member.Facts.MaxAssignments <= 0
            ? int.MaxValue
            : Math.Max(0, candidate.Member.Facts.MaxAssignments - candidate.Held);
}
