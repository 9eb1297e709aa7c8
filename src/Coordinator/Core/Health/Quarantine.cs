using System.Globalization;
using Millrace.Coordinator.Core.Membership;

namespace Millrace.Coordinator.Core.Health;

/// <summary>
/// Keeps new tasks from workers that come and go. Never from many at a time, and never from the last one. Not durable:
/// a coordinator that starts trusts everybody.
/// </summary>
internal sealed class Quarantine(Turn turn, MemberTable members)
{
    /// <summary>One in so many workers, but always one, may be in quarantine.</summary>
    private const int OneOf = 10;

    public void Fell(Member member)
    {
        TimeSpan now = turn.Now.Uptime;
        DetectionPolicy policy = turn.Policy.Detection;
        int most = Math.Max(1, members.Count / OneOf);
        bool tooOften = member.Flaps.Fell(now, policy);
        if (!tooOften || members.All.Count(m => m.Flaps.IsOn) >= most || !members.All.Any(m => m != member && Takes(m)))
        {
            return;
        }

        string length = Seconds(member.Flaps.Begin(now, policy));
        turn.Raise(
            EventLevel.Warn,
            "WORKER_QUARANTINED",
            $"workers/{member.Name}",
            $"Worker {member.Name} fell too often ({policy.FlapFalls} times within {Seconds(policy.FlapWindow)}, or "
            + $"soon after its last quarantine): it gets no new tasks for {length}.");
    }

    /// <returns>Whether a worker may get tasks again.</returns>
    public bool Tick()
    {
        Member[] kept = [.. members.All.Where(m => m.Flaps.IsOn)];
        if (kept.Length == 0)
        {
            return false;
        }

        bool needed = !members.All.Any(Takes);
        bool freed = false;
        foreach (Member member in kept)
        {
            bool over = turn.Now.Uptime >= member.Flaps.Until;
            if (over || (needed && member.State == WorkerState.Alive))
            {
                freed = true;
                Free(member, over ? "its time is over" : "there is no other worker");
            }
        }

        return freed;
    }

    private void Free(Member member, string why)
    {
        member.Flaps.End();
        member.AwaitsShare = true;
        turn.Raise(
            EventLevel.Info,
            "QUARANTINE_ENDED",
            $"workers/{member.Name}",
            $"Worker {member.Name} may get tasks again: {why}.");
    }

    private bool Takes(Member member) => turn.State.Duties.Takes(member);

    private static string Seconds(TimeSpan time) =>
        time.TotalSeconds.ToString("0", CultureInfo.InvariantCulture) + " s";
}
