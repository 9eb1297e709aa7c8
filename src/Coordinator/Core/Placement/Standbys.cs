using Millrace.Coordinator.Core.Jobs;
using Millrace.Coordinator.Core.Membership;

namespace Millrace.Coordinator.Core.Placement;

/// <summary>Sees to it that every task has as many standbys as its job asks for: on the least crowded of the other
/// workers, in another zone than the owner's if there is one. Nothing of it is remembered apart from the copies
/// themselves.</summary>
internal sealed class Standbys(Turn turn, MemberTable members, ProgressBoard progress, Transfers transfers)
{
    /// <summary>The label of workers that fail together.</summary>
    private const string Zone = "zone";

    private TimeSpan _lookedAt;

    public void Advance()
    {
        if (turn.Now.Uptime - _lookedAt < turn.Policy.StandbyInterval)
        {
            return;
        }

        _lookedAt = turn.Now.Uptime;
        DismissSurplus();
        Job[] jobs = [.. turn.State.Jobs.All.Where(j => j.Standbys > 0)];
        if (jobs.Length == 0)
        {
            return;
        }

        Member[] open = [.. members.All.Where(turn.State.Duties.Takes)];
        int left = turn.Policy.MovesPerTurn;
        foreach (Job job in jobs)
        {
            foreach (AssignedTask task in job.Tasks.Select(t => turn.State.Assignments.Find(t)!).Where(Lacks))
            {
                if (left > 0 && Choose(task, job, open) is { } target)
                {
                    transfers.StandBy(task, target);
                    left--;
                }
            }
        }
    }

    private void DismissSurplus()
    {
        foreach (AssignedTask task in turn.State.Assignments.Copies.All.ToArray())
        {
            int wanted = turn.State.Jobs.Get(task.Job).Standbys;
            WarmCopy[] kept = [.. task.Standbys];
            for (int i = kept.Length - 1; i >= 0; i--)
            {
                if (i >= wanted || !MayHave(task, members.Holder(kept[i].Owner)))
                {
                    transfers.End(task, kept[i], i >= wanted ? "NOT_WANTED" : "PINNED");
                }
            }
        }
    }

    /// <summary>Also one whose worker is not known yet: whether it is gone is for others to say.</summary>
    private static bool MayHave(AssignedTask task, Member? member) =>
        member is null || task.Pin is null || task.Pin.HasLabels(member);

    /// <summary>A task that does not run yet, or is about to be elsewhere, gets its standbys later: first things
    /// first. So does one that began with others' state, which is kept only until it has committed.</summary>
    private bool Lacks(AssignedTask task) =>
        task.Standbys.Count() < turn.State.Jobs.Get(task.Job).Standbys
        && members.Holder(task.Owner) is { HasStream: true }
        && task.Transfer is null
        && turn.State.Topics.Get(task.Partition).IsOpen
        && (task.Origins.Count == 0 || task.Newest is not null)
        && progress.Of(task)?.State != TaskRunState.Restoring
        && !transfers.IsResting(task, isStandby: true);

    private Member? Choose(AssignedTask task, Job job, Member[] open)
    {
        string? zone = ZoneOf(members.Holder(task.Owner)!);
        return open
            .Where(m => m.Name != task.Worker
                && m.Facts.Operators.Contains(job.Operator)
                && MayHave(task, m)
                && task.Copies.All(c => c.Owner.Worker != m.Name)
                && (m.Facts.MaxAssignments <= 0 || Held(m) < m.Facts.MaxAssignments)
                && transfers.HasRoom(m))
            .OrderBy(m => zone is not null && ZoneOf(m) == zone)
            .ThenBy(m => (Held(m) + 1) / m.Weight)
            .FirstOrDefault();
    }

    private int Held(Member member) => turn.State.Assignments.OwnedBy(member.Owner).Count
        + turn.State.Assignments.Copies.On(member.Owner).Count;

    private static string? ZoneOf(Member member) => member.Facts.Labels.GetValueOrDefault(Zone);
}
