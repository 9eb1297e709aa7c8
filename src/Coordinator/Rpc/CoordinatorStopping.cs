using Millrace.Common.Model;

namespace Millrace.Coordinator.Rpc;

/// <summary>How open streams end when the coordinator stops in good order.</summary>
internal static class CoordinatorStopping
{
    /// <summary>UNAVAILABLE: clients of every kind try again by themselves.</summary>
    public static Refusal Refusal { get; } = new(
        RefusalKind.Unavailable, "COORDINATOR_STOPPING", "The coordinator is stopping; connect again when it is back.");
}
