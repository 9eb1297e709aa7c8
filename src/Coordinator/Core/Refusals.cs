using Millrace.Common.Model;

namespace Millrace.Coordinator.Core;

/// <summary>Refusals that several parts give.</summary>
internal static class Refusals
{
    public static Refusal NotFound(string kind, string name) =>
        new(RefusalKind.NotFound, $"NO_SUCH_{kind.ToUpperInvariant()}", $"There is no {kind} {name}.")
        {
            Metadata = new Dictionary<string, string> { [kind] = name },
        };

    public static Refusal Exists(string kind, string name) =>
        new(
            RefusalKind.AlreadyExists,
            $"{kind.ToUpperInvariant()}_EXISTS",
            $"There is a {kind} {name} already; choose another name.")
        {
            Metadata = new Dictionary<string, string> { [kind] = name },
        };

    public static Refusal Full(string what, int limit, string reason) =>
        new(
            RefusalKind.ResourceExhausted,
            reason,
            $"The cluster holds the most {what} that it may, {limit}; use or remove an existing one.")
        {
            Metadata = new Dictionary<string, string> { ["limit"] = $"{limit}" },
        };
}
