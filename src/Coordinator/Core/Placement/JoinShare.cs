using Millrace.Coordinator.Core.Membership;

namespace Millrace.Coordinator.Core.Placement;

/// <summary>
/// Brings a newcomer its share by planned moves: only towards it, a few at each tick, never beyond an equal count, and
/// never from a worker that would then have fewer than it. So the moves end, and no task goes back and forth.
/// </summary>
internal sealed class JoinShare(Turn turn, MemberTable members, Transfers transfers)
{
    public void Run()
    {
        Member[] newcomers = [.. members.All.Where(IsReady)];
        if (newcomers.Length == 0)
        {
            return;
        }

        var roster = new Roster(members, turn.State);
        int budget = turn.Policy.JoinMovesPerTick;
        foreach (Member newcomer in newcomers)
        {
            budget = Fill(roster, newcomer, budget);
        }

    }

    /// <summary>Settled: alive, heard of since it joined, and not just now.</summary>
    private bool IsReady(Member member) =>
        member.AwaitsShare
        && turn.State.Duties.IsOpen(member.Name)
        && member.State == Health.WorkerState.Alive
        && member.Load is not null
        && turn.Now.Uptime - member.JoinedAt >= turn.Policy.JoinSettle;

    private int Fill(Roster roster, Member newcomer, int budget)
    {
        Candidate target = roster.All.First(c => c.Member == newcomer);
        int share = (turn.State.Assignments.Count + roster.All.Count - 1) / roster.All.Count;
        while (target.Held < share && target.HasRoom)
        {
            if (budget == 0 || !transfers.HasRoom(newcomer))
            {
                return budget;
            }

            if (FindMove(roster, target) is not { } move)
            {
                break;
            }

            transfers.Start(move.Task, target.Member, AssignReason.WorkerJoined, operation: 0);
            target.Held++;
            move.Donor.Held--;
            budget--;
        }

        newcomer.AwaitsShare = false;
        return budget;
    }

    /// <summary>The lowest task that the newcomer can run, of the worker that holds most; the first by name among
    /// equals.</summary>
    private (Candidate Donor, AssignedTask Task)? FindMove(Roster roster, Candidate target)
    {
        foreach (Candidate donor in roster.All.Where(c => c.Held >= target.Held + 2).OrderByDescending(c => c.Held))
        {
            AssignedTask? task = turn.State.Assignments.OwnedBy(donor.Member.Owner)
                .FirstOrDefault(t => t.Pin is null
                    && t.Transfer is null
                    && !transfers.IsResting(t)
                    && target.CanRun(turn.State.Jobs.Get(t.Job).Operator));
            if (task is not null)
            {
                return (donor, task);
            }
        }

        return null;
    }
}
