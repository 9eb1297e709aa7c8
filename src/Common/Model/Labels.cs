namespace Millrace.Common.Model;

/// <summary>Labels as people write them: "zone=a,disk=ssd".</summary>
public static class Labels
{
    public const int MaxCount = 64;

    public const int MaxTextLength = 200;

    public const string Rule = "labels like zone=a,disk=ssd: at most 64, each name once, names and values of at most "
        + "200 characters";

    /// <returns>By name; empty for an empty text; null when the text is not such labels.</returns>
    public static IReadOnlyDictionary<string, string>? Parse(string text)
    {
        var parsed = new SortedDictionary<string, string>(StringComparer.Ordinal);
        foreach (string part in text.Length == 0 ? [] : text.Split(','))
        {
            int equals = part.IndexOf('=', StringComparison.Ordinal);
            string name = equals > 0 ? part[..equals].Trim() : "";
            string value = part[(equals + 1)..].Trim();
            bool good = name.Length is > 0 and <= MaxTextLength && value.Length <= MaxTextLength;
            if (!good || !parsed.TryAdd(name, value))
            {
                return null;
            }
        }

        return parsed.Count <= MaxCount ? new Dictionary<string, string>(parsed) : null;
    }
}
