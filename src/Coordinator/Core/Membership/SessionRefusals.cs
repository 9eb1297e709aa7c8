using Millrace.Common.Model;

namespace Millrace.Coordinator.Core.Membership;

/// <summary>Why control streams are ended.</summary>
internal static class SessionRefusals
{
    public const string StaleSession = "STALE_SESSION";

    public static Refusal Replaced(string worker) =>
        Stale(worker, $"Worker {worker} has a newer control stream than this one; give each worker a name of its own.");

    public static Refusal Over(string worker) =>
        Stale(worker, $"This control stream of worker {worker} is over; open another and say hello.");

    public static Refusal GivenUp(string worker) =>
        Stale(worker, $"Worker {worker} was given up; open another control stream and say hello.");

    private static Refusal Stale(string worker, string message) =>
        new(RefusalKind.Aborted, StaleSession, message)
        {
            Metadata = new Dictionary<string, string> { ["worker"] = worker },
        };
}
