using System.Globalization;
using Millrace.Coordinator.Core.Membership;

namespace Millrace.Coordinator.Core.Health;

/// <summary>Tells the living from the lost, on the coordinator's monotonic clock only.</summary>
internal sealed class HealthWatch(Turn turn, MemberTable members)
{
    private TimeSpan? _lastTick;

    /// <returns>Whether the worker may get tasks again.</returns>
    public bool Heartbeat(WorkerHeartbeat beat)
    {
        if (members.InSession(beat.Worker, beat.Session) is not { } member)
        {
            EndUnlessLeaving(beat);
            return false;
        }

        member.LastHeard = turn.Now.Uptime;
        member.Note(beat.Load);
        bool revived = member.State != WorkerState.Alive && member.BrokenAt is null;
        if (member.BrokenAt is null)
        {
            member.Become(WorkerState.Alive, HealthReasons.HeartbeatsArrive, turn.Now);
        }

        turn.Emit(new AnswerHeartbeat(beat.Worker, beat.Session, beat.Sequence));
        return revived;
    }

    public void Broken(SessionBroken broken)
    {
        if (members.InSession(broken.Worker, broken.Session) is { } member)
        {
            member.BrokenAt ??= turn.Now.Uptime;
            member.Become(WorkerState.Suspect, HealthReasons.StreamBroken, turn.Now);
        }
    }

    /// <returns>Whether a worker was given up.</returns>
    public bool Tick()
    {
        ForgiveOwnPause();
        int lost = 0;
        foreach (Member member in members.All.ToArray())
        {
            lost += Judge(member) ? 1 : 0;
            if (lost == turn.Policy.LossesPerTick)
            {
                break;
            }
        }

        return lost > 0;
    }

    /// <summary>A worker that said goodbye may beat on until it is gone.</summary>
    private void EndUnlessLeaving(WorkerHeartbeat beat)
    {
        bool leaving = members.Find(beat.Worker) is { State: WorkerState.Left } left && left.Session == beat.Session;
        if (!leaving)
        {
            turn.Emit(new EndSession(beat.Worker, beat.Session, SessionRefusals.Over(beat.Worker)));
        }
    }

    /// <summary>When the coordinator itself stood still, silence proves nothing about anyone else.</summary>
    private void ForgiveOwnPause()
    {
        TimeSpan gap = turn.Now.Uptime - (_lastTick ?? turn.Now.Uptime);
        _lastTick = turn.Now.Uptime;
        if (gap < turn.Policy.OwnPause)
        {
            return;
        }

        foreach (Member member in members.All)
        {
            member.LastHeard = Min(member.LastHeard + gap, turn.Now.Uptime);
            member.BrokenAt = member.BrokenAt is { } at ? Min(at + gap, turn.Now.Uptime) : null;
        }
    }

    private bool Judge(Member member)
    {
        TimeSpan now = turn.Now.Uptime;
        CoordinatorPolicy policy = turn.Policy;
        if (!member.Holds)
        {
            if (now - member.StateSince >= policy.ForgetWorkerAfter)
            {
                members.Remove(member);
            }

            return false;
        }

        TimeSpan silence = now - member.LastHeard;
        if (member.BrokenAt is { } at && now - at >= policy.BrokenStreamGrace)
        {
            GiveUp(member, HealthReasons.StreamBroken, "its control stream broke and it opened no other", now - at);
            return true;
        }

        if (silence >= policy.Lease)
        {
            GiveUp(member, HealthReasons.LeaseExpired, "no heartbeat came", silence);
            return true;
        }

        if (silence >= policy.SuspectAfter && member.State == WorkerState.Alive)
        {
            member.Become(WorkerState.Suspect, HealthReasons.HeartbeatLate, turn.Now);
        }

        return false;
    }

    private void GiveUp(Member member, string reason, string why, TimeSpan waited)
    {
        if (member.HasStream)
        {
            turn.Emit(new EndSession(member.Name, member.Session, SessionRefusals.GivenUp(member.Name)));
        }

        member.Become(WorkerState.Lost, reason, turn.Now);
        string seconds = waited.TotalSeconds.ToString("0.0", CultureInfo.InvariantCulture);
        turn.Raise(
            EventLevel.Warn,
            "WORKER_LOST",
            $"workers/{member.Name}",
            $"Worker {member.Name} was given up: {why} for {seconds} s.");
    }

    private static TimeSpan Min(TimeSpan a, TimeSpan b) => a < b ? a : b;
}
