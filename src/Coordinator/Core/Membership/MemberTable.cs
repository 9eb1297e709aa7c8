using Millrace.Common.Model;
using Millrace.Coordinator.Core.Placement;

namespace Millrace.Coordinator.Core.Membership;

/// <summary>The workers that were heard of. Live only.</summary>
internal sealed class MemberTable
{
    private readonly SortedDictionary<string, Member> _byName = new(StringComparer.Ordinal);
    private Member[]? _all;

    public int Count => _byName.Count;

    /// <summary>By name. Stays as it is while it is walked. Made once for each change: every tick looks through all of
    /// them several times.</summary>
    public IReadOnlyList<Member> All => _all ??= [.. _byName.Values];

    public Member? Find(string name) => _byName.GetValueOrDefault(name);

    public void Add(Member member)
    {
        _byName.Add(member.Name, member);
        _all = null;
    }

    public void Remove(Member member)
    {
        _byName.Remove(member.Name);
        _all = null;
    }

    /// <summary>The worker that holds what this owner owns; null: those tasks are orphans, or nobody's.</summary>
    public Member? Holder(TaskOwner owner) =>
        Find(owner.Worker) is { Holds: true } member && member.Incarnation == owner.Incarnation ? member : null;

    /// <summary>The worker whose present session this is; null: the session is over.</summary>
    public Member? InSession(string worker, ulong session) =>
        Find(worker) is { Holds: true } member && member.Session == session ? member : null;

    /// <summary>This session's worker owns the task under this epoch.</summary>
    public bool SpeaksFor(string worker, ulong session, AssignedTask task, Epoch epoch) =>
        InSession(worker, session) is { } member && task.Epoch == epoch && task.Owner == member.Owner;
}
