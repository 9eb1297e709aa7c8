using Millrace.Coordinator.Core.Membership;
using Millrace.Coordinator.Core.Placement.Planning;

namespace Millrace.Coordinator.Core.Placement.Balancing;

/// <summary>The cluster as the planner sees it: what its indices stand for.</summary>
internal sealed record PlanSite(AssignedTask[] Tasks, Member[] Workers, PlanInput Input);

/// <summary>What a plan is for: it decides what counts.</summary>
internal enum PlanPurpose
{
    /// <summary>Owners for orphans: headroom counts, because new work comes on top.</summary>
    Place = 1,

    /// <summary>Newcomers' shares: tasks that have just been moved may move again.</summary>
    Join = 2,

    /// <summary>Even load: tasks that have just been moved rest.</summary>
    Balance = 3,
}
