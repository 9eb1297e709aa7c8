using Millrace.Coordinator.Core.Membership;

namespace Millrace.Coordinator.Core.Placement;

/// <summary>The workers that may get tasks now: those alive and not cordoned, by name.</summary>
internal sealed class Roster
{
    private readonly Candidate[] _candidates;

    /// <param name="without">A worker that is to be left out; empty: none.</param>
    public Roster(MemberTable members, CoordinatorState state, string without = "")
    {
        _candidates =
        [
            .. members.All.Where(m => state.Duties.Takes(m) && m.Name != without)
                .Select(m => new Candidate(m, HeldBy(m, state.Assignments))),
        ];
    }

    /// <summary>What it will have once all moves are done.</summary>
    private static int HeldBy(Member member, AssignmentTable assignments)
    {
        int held = assignments.OwnedBy(member.Owner).Count;
        foreach (AssignedTask task in assignments.Moving)
        {
            held += task.Transfer!.Owner == member.Owner ? 1 : task.Owner == member.Owner ? -1 : 0;
        }

        return held;
    }

    public IReadOnlyList<Candidate> All => _candidates;

    /// <summary>The least crowded worker that can run the operator and has room; the first by name among equals. One
    /// that the task is pinned to goes first; labels that it is pinned to are kept whatever happens.</summary>
    /// <param name="avoid">Taken only if there is no other.</param>
    public Candidate? Choose(AssignedTask task, string operatorName, Member? avoid = null)
    {
        if (task.Pin is not { } pin)
        {
            return Choose(_candidates, operatorName, avoid);
        }

        return Choose(_candidates.Where(c => pin.Permits(c.Member)), operatorName, avoid)
            ?? Choose(_candidates.Where(c => pin.HasLabels(c.Member)), operatorName, avoid);
    }

    private static Candidate? Choose(IEnumerable<Candidate> candidates, string operatorName, Member? avoid)
    {
        Candidate? best = null;
        Candidate? lastResort = null;
        foreach (Candidate candidate in candidates)
        {
            if (!candidate.HasRoom || !candidate.CanRun(operatorName))
            {
                continue;
            }

            if (candidate.Member == avoid)
            {
                lastResort = candidate;
            }
            else if (best is null || candidate.Crowding < best.Crowding)
            {
                best = candidate;
            }
        }

        return best ?? lastResort;
    }
}
