using Millrace.Coordinator.Core.Health;
using Millrace.Coordinator.Core.Membership;

namespace Millrace.Coordinator.Core.Placement;

/// <summary>The workers that may get tasks now: those alive, by name.</summary>
internal sealed class Roster
{
    private readonly Candidate[] _candidates;

    public Roster(MemberTable members, AssignmentTable assignments)
    {
        _candidates =
        [
            .. members.All.Where(m => m.State == WorkerState.Alive)
                .Select(m => new Candidate(m, assignments.OwnedBy(m.Owner).Count)),
        ];
    }

    public IReadOnlyList<Candidate> All => _candidates;

    /// <summary>The least crowded worker that can run the operator and has room; the first by name among
    /// equals.</summary>
    /// <param name="avoid">Taken only if there is no other.</param>
    public Candidate? Choose(string operatorName, Member? avoid = null)
    {
        Candidate? best = null;
        Candidate? lastResort = null;
        foreach (Candidate candidate in _candidates)
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
