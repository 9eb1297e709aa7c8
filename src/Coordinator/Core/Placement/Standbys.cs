using Millrace.Coordinator.Core.Jobs;
using Millrace.Coordinator.Core.Membership;

namespace Millrace.Coordinator.Core.Placement;

/// <summary>Sees to it that every task has as many standbys as its job asks for: on the least crowded of the other
/// workers, owner and standbys in different zones as far as there are any. Where one comes to have room later, a
/// standby there is made before the one that shares a zone is given up. Nothing of it is remembered apart from the
/// copies themselves.</summary>
internal sealed class Standbys(Turn turn, MemberTable members, ProgressBoard progress, Transfers transfers)
{
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
        string[] zones = [.. open.Select(m => m.Zone).OfType<string>().Distinct()];
        int left = turn.Policy.MovesPerTurn;
        foreach (Job job in jobs)
        {
            foreach (AssignedTask task in job.Tasks.Select(t => turn.State.Assignments.Find(t)!)
                .Where(t => Lacks(t, job.Standbys) || MayBeApart(t, job.Standbys, zones)))
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
            foreach (WarmCopy pinned in task.Standbys.Where(s => !MayHave(task, members.Holder(s.Owner))).ToArray())
            {
                transfers.End(task, pinned, "PINNED");
            }

            int surplus = task.Standbys.Count() - turn.State.Jobs.Get(task.Job).Standbys;
            bool isReplacing = surplus == 1 && task.Standbys.Count() > 1 && task.Standbys.Any(s => !s.IsLoaded);
            for (; surplus > 0 && !isReplacing; surplus--)
            {
                transfers.End(
                    task, task.Standbys.MaxBy(s => (InZoneOf(task, s.Owner), s.Epoch.Value))!, "NOT_WANTED");
            }
        }
    }

    /// <summary>Also one whose worker is not known yet: whether it is gone is for others to say.</summary>
    private static bool MayHave(AssignedTask task, Member? member) =>
        member is null || task.Pin is null || task.Pin.HasLabels(member);

    /// <summary>A task that does not run yet, or is about to be elsewhere, gets its standbys later: first things
    /// first. So does one that began with others' state, which is kept only until it has committed, and one whose
    /// events may take workers down: a standby would die of them beside the owner.</summary>
    private bool Lacks(AssignedTask task, int wanted) =>
        task.Standbys.Count() < wanted && IsReady(task);

    /// <summary>One of its standbys shares a zone, and there is a zone that none of them is in.</summary>
    private bool MayBeApart(AssignedTask task, int wanted, string[] zones) =>
        task.Standbys.Count() == wanted
        && task.Standbys.Any(s => InZoneOf(task, s.Owner) > 1)
        && zones.Any(z => HoldersIn(task, z) == 0)
        && IsReady(task);

    private bool IsReady(AssignedTask task) =>
        members.Holder(task.Owner) is { HasStream: true }
        && task.Transfer is null
        && !Grants.IsCareful(turn.State, task)
        && turn.State.Topics.Get(task.Partition).IsOpen
        && (task.Origins.Count == 0 || task.Newest is not null)
        && progress.Of(task)?.State != TaskRunState.Restoring
        && !transfers.IsResting(task, isStandby: true);

    /// <summary>Beyond what the job asks for only in a zone of its own.</summary>
    private Member? Choose(AssignedTask task, Job job, Member[] open) =>
        open
            .Where(m => m.Name != task.Worker
                && m.Facts.Operators.Contains(job.Operator)
                && MayHave(task, m)
                && task.Copies.All(c => c.Owner.Worker != m.Name)
                && (m.Facts.MaxAssignments <= 0 || Held(m) < m.Facts.MaxAssignments)
                && transfers.HasRoom(m)
                && (task.Standbys.Count() < job.Standbys || (m.Zone is { } own && HoldersIn(task, own) == 0)))
            .OrderBy(m => m.Zone is { } zone ? HoldersIn(task, zone) : 0)
            .ThenBy(m => (Held(m) + 1) / m.Weight)
            .FirstOrDefault();

    /// <summary>How many of the task's owner and standbys are in the zone of this one, itself among them; 0: it has
    /// none.</summary>
    private int InZoneOf(AssignedTask task, TaskOwner holder) =>
        members.Holder(holder)?.Zone is { } zone ? HoldersIn(task, zone) : 0;

    private int HoldersIn(AssignedTask task, string zone) =>
        task.Copies.Select(c => c.Owner).Append(task.Owner).Count(o => members.Holder(o)?.Zone == zone);

    private int Held(Member member) => turn.State.Assignments.OwnedBy(member.Owner).Count
        + turn.State.Assignments.Copies.On(member.Owner).Count;
}
