using Millrace.Common.Model;

namespace Millrace.Coordinator.Rpc.Admin;

/// <summary>Labels as operators write them: "zone=a,disk=ssd".</summary>
internal static class LabelSelector
{
    private const int MaxTextLength = 200;

    /// <returns>By name; empty for an empty text.</returns>
    /// <exception cref="RefusalException">BAD_FIELD.</exception>
    public static IReadOnlyDictionary<string, string> Parse(string text, string field)
    {
        var labels = new SortedDictionary<string, string>(StringComparer.Ordinal);
        foreach (string part in text.Length == 0 ? [] : text.Split(','))
        {
            int equals = part.IndexOf('=', StringComparison.Ordinal);
            string name = equals > 0 ? part[..equals].Trim() : "";
            bool good = name.Length is > 0 and <= MaxTextLength && part.Length - equals - 1 <= MaxTextLength;
            if (!good || !labels.TryAdd(name, part[(equals + 1)..].Trim()))
            {
                throw new RefusalException(Refusal.BadField(
                    field, $"{field} must look like zone=a,disk=ssd, each label once; \"{part}\" does not."));
            }
        }

        return new Dictionary<string, string>(labels);
    }
}
