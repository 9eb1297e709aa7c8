using Millrace.Coordinator.Core.Membership;

namespace Millrace.Coordinator.Core.Placement;

/// <summary>The workers that may get tasks now: those alive and not cordoned, by name.</summary>
internal sealed class Roster
{
    private readonly Candidate[] _candidates;

    public Roster(MemberTable members, CoordinatorState state)
    {
        _candidates =
        [
            .. members.All.Where(state.Duties.Takes)
                .Select(m => new Candidate(m, HeldBy(m, state.Assignments))),
        ];
    }

    public IReadOnlyList<Candidate> All => _candidates;

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
}
