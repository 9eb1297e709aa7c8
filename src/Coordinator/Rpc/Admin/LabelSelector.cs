using Millrace.Common.Model;

namespace Millrace.Coordinator.Rpc.Admin;

/// <summary>Labels that a request names.</summary>
internal static class LabelSelector
{
    /// <returns>By name; empty for an empty text.</returns>
    /// <exception cref="RefusalException">BAD_FIELD.</exception>
    public static IReadOnlyDictionary<string, string> Parse(string text, string field) =>
        Labels.Parse(text)
        ?? throw new RefusalException(Refusal.BadField(field, $"{field} must be {Labels.Rule}; \"{text}\" is not."));
}
