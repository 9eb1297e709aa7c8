using Millrace.Coordinator.Core.Placement;

namespace Millrace.Coordinator.Core.Membership;

/// <summary>The workers that were heard of. Live only.</summary>
internal sealed class MemberTable
{
    private readonly SortedDictionary<string, Member> _byName = new(StringComparer.Ordinal);

    public int Count => _byName.Count;

    /// <summary>By name.</summary>
    public IEnumerable<Member> All => _byName.Values;

    public Member? Find(string name) => _byName.GetValueOrDefault(name);

    public void Add(Member member) => _byName.Add(member.Name, member);

    public void Remove(Member member) => _byName.Remove(member.Name);

    /// <summary>The worker that holds a task; null: it is an orphan, or nobody's.</summary>
    public Member? HolderOf(AssignedTask task) =>
        Find(task.Worker) is { Holds: true } member && member.Incarnation == task.WorkerIncarnation ? member : null;

    /// <summary>The worker whose present session this is; null: the session is over.</summary>
    public Member? InSession(string worker, ulong session) =>
        Find(worker) is { Holds: true } member && member.Session == session ? member : null;
}
