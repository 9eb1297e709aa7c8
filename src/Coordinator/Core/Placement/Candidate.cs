using Millrace.Coordinator.Core.Membership;

namespace Millrace.Coordinator.Core.Placement;

/// <summary>A worker that may get tasks, and how many it will have.</summary>
internal sealed class Candidate(Member member, int held)
{
    public Member Member { get; } = member;

    public int Held { get; } = held;

    public bool HasRoom => Member.Facts.MaxAssignments <= 0 || Held < Member.Facts.MaxAssignments;

    public bool CanRun(string operatorName) => Member.Facts.Operators.Contains(operatorName);
}
