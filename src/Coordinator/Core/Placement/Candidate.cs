using Millrace.Coordinator.Core.Membership;

namespace Millrace.Coordinator.Core.Placement;

/// <summary>A worker that may get tasks, and how many it has, those decided in this round included.</summary>
internal sealed class Candidate(Member member, int held)
{
    public Member Member { get; } = member;

    public int Held { get; set; } = held;

    /// <summary>How full it would be with one task more, for its headroom. The lowest gets the task.</summary>
    public double Crowding => (Held + 1) / Member.Weight;

    public bool HasRoom => Member.Facts.MaxAssignments <= 0 || Held < Member.Facts.MaxAssignments;

    public bool CanRun(string operatorName) => Member.Facts.Operators.Contains(operatorName);
}
