using System.Globalization;
using Millrace.Common.Failpoints;
using Millrace.Coordinator.Core.Crashes;
using Millrace.Coordinator.Core.Membership;

namespace Millrace.Coordinator.Core.Health;

/// <summary>Keeps the signs of life of all workers, on the coordinator's monotonic clock only, and acts on what follows
/// from them.</summary>
internal sealed class HealthWatch(Turn turn, MemberTable members, CrashWatch crashes)
{
    private readonly SelfDoubt _doubt = new();
    private readonly List<(Member Member, Diagnosis Diagnosis)> _held = [];
    private TimeSpan _lastTick;
    private bool _holdsBack;

    /// <summary>From now on others' silence counts, and own pauses do: also one before the first tick.</summary>
    public void Begin() => _lastTick = turn.Now.Uptime;

    /// <returns>Whether the worker may get tasks again.</returns>
    public bool Heartbeat(WorkerHeartbeat beat)
    {
        if (members.InSession(beat.Worker, beat.Session) is not { } member)
        {
            EndUnlessLeaving(beat);
            return false;
        }

        member.Vitals.Beat(turn.Now.Uptime, Diagnosis.Outage(turn.Policy));
        member.Note(beat.Load);
        bool revived = member.State == WorkerState.Suspect && member.Vitals.BrokenAt is null;
        if (revived || member.State == WorkerState.Alive)
        {
            member.Become(WorkerState.Alive, HealthReasons.HeartbeatsArrive, turn.Now);
        }

        turn.Emit(new AnswerHeartbeat(beat.Worker, beat.Session, beat.Sequence));
        return revived;
    }

    public void Heard(WorkerHeard heard) =>
        members.InSession(heard.Worker, heard.Session)?.Vitals.Hear(turn.Now.Uptime);

    public void Broken(SessionBroken broken)
    {
        if (members.InSession(broken.Worker, broken.Session) is { } member)
        {
            member.Vitals.Break(turn.Now.Uptime);
            member.Become(WorkerState.Suspect, HealthReasons.StreamBroken, turn.Now);
        }
    }

    /// <summary>A spy or a supervisor says what it sees. The end of a process needs no second witness; everything else
    /// waits for the tick, which knows whether the coordinator itself stood still meanwhile.</summary>
    /// <returns>Whether a worker was given up.</returns>
    public bool See(ProcessSeen seen)
    {
        bool ignored = Mutants.Is(Mutant.SpyNotBelieved) && seen.State != ProcessState.Gone;
        if (members.Holder(seen.Of) is not { } member || ignored)
        {
            return false;
        }

        member.Vitals.See(new Sighting(seen.Watch, seen.State, seen.ExitCode, turn.Now.Uptime, IsOpen: true));
        if (seen.State != ProcessState.Gone)
        {
            return false;
        }

        GiveUp(member, Diagnose(member));
        return true;
    }

    public void WatchEnded(WatchEnded ended) => members.Holder(ended.Of)?.Vitals.EndWatch(ended.Watch);

    /// <returns>Whether a worker was given up.</returns>
    public bool Tick()
    {
        ForgiveOwnPause();
        string? doubt = LookAtAll();
        int lost = 0;
        bool heldBack = false;
        foreach ((Member member, Diagnosis diagnosis) in _held)
        {
            bool gone = diagnosis.State == WorkerState.Lost && lost < turn.Policy.LossesPerTick;
            if (gone && diagnosis.IsSoft && doubt is not null)
            {
                heldBack = true;
                member.Become(WorkerState.Suspect, HealthReasons.EvictionsHeld, turn.Now);
            }
            else if (gone)
            {
                lost++;
                GiveUp(member, diagnosis);
            }
            else if (diagnosis.State == WorkerState.Suspect)
            {
                member.Become(WorkerState.Suspect, diagnosis.Reason, turn.Now);
            }
        }

        Tell(heldBack, doubt);
        Forget();
        return lost > 0;
    }

    private Diagnosis Diagnose(Member member) =>
        Diagnosis.Of(member.Vitals, member.Session == 0, turn.Now.Uptime, turn.Policy);

    /// <returns>Why nobody is to be given up for silence; null: silence counts.</returns>
    private string? LookAtAll()
    {
        _held.Clear();
        int all = 0;
        int silent = 0;
        foreach (Member member in members.All)
        {
            if (member.Holds)
            {
                Diagnosis diagnosis = Diagnose(member);
                bool known = member.Session != 0;
                all += known ? 1 : 0;
                silent += known && diagnosis.IsSoft && diagnosis.State != WorkerState.Alive ? 1 : 0;
                _held.Add((member, diagnosis));
            }
        }

        return _doubt.Look(silent, all, turn.Now.Uptime, turn.Policy);
    }

    /// <summary>Once for each time that somebody is held back.</summary>
    private void Tell(bool heldBack, string? doubt)
    {
        if (heldBack && !_holdsBack)
        {
            turn.Raise(
                EventLevel.Warn, "EVICTIONS_HELD", "cluster", $"No worker is given up for silence: {doubt}.");
        }

        _holdsBack = heldBack;
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
        TimeSpan now = turn.Now.Uptime;
        TimeSpan gap = now - _lastTick;
        _lastTick = now;
        if (gap < turn.Policy.OwnPause || Mutants.Is(Mutant.OwnPauseBlamedOnOthers))
        {
            return;
        }

        _doubt.WokeLate(gap, now, turn.Policy);
        foreach (Member member in members.All)
        {
            member.Vitals.Forgive(gap, now);
        }
    }

    private void Forget()
    {
        TimeSpan now = turn.Now.Uptime;
        foreach (Member member in members.All)
        {
            if (!member.Holds && now - member.StateSince >= turn.Policy.ForgetWorkerAfter)
            {
                members.Remove(member);
            }
        }
    }

    private void GiveUp(Member member, Diagnosis diagnosis)
    {
        if (member.HasStream)
        {
            turn.Emit(new EndSession(member.Name, member.Session, SessionRefusals.GivenUp(member.Name)));
        }

        member.Become(WorkerState.Lost, diagnosis.Reason, turn.Now);
        turn.Raise(
            EventLevel.Warn,
            "WORKER_LOST",
            $"workers/{member.Name}",
            $"Worker {member.Name} was given up: {WhyGivenUp(member.Vitals, diagnosis)}.");
        // A stream that broke while a spy saw the process live says nothing of its end.
        bool ended = diagnosis.Reason == HealthReasons.ProcessGone
            || diagnosis is { Reason: HealthReasons.StreamBroken, IsSoft: true };
        crashes.Fell(member, ended);
    }

    private static string WhyGivenUp(Vitals vitals, Diagnosis diagnosis)
    {
        string seconds = diagnosis.Waited.TotalSeconds.ToString("0.0", CultureInfo.InvariantCulture);
        return diagnosis.Reason switch
        {
            HealthReasons.ProcessGone => "its process has ended" + HowItEnded(vitals.Seen?.ExitCode),
            HealthReasons.StreamBroken => $"its control stream broke and it opened no other for {seconds} s",
            HealthReasons.PausedTooLong => $"its process lives, but no heartbeat came for {seconds} s",
            HealthReasons.SilentWithSpy => $"neither it nor its spy was heard of for {seconds} s",
            _ => $"no heartbeat came for {seconds} s",
        };
    }

    private static string HowItEnded(int? exitCode) => exitCode switch
    {
        null => "",
        > 128 => $" by signal {exitCode - 128}",
        _ => $" with exit code {exitCode}",
    };
}
