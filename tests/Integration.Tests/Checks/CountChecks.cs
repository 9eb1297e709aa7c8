namespace Millrace.Integration.Tests.Checks;

/// <summary>The job's final state against what was sent and against the log: V10.</summary>
internal static class CountChecks
{
    public static IEnumerable<string> All(Dump dump) =>
    [
        .. Compare(dump, dump.Log.Select(l => l.Key), "the log holds"),
        .. Compare(dump, dump.History.OfType<Invoked>().Select(e => e.Key), "producers sent"),
    ];

    /// <summary>The log alone as oracle, where some events' fate stays unknown.</summary>
    public static IEnumerable<string> AgainstLog(Dump dump) =>
        Compare(dump, dump.Log.Select(l => l.Key), "the log holds");

    private static IEnumerable<string> Compare(Dump dump, IEnumerable<string> keys, string oracle)
    {
        var expected = keys.GroupBy(k => k).ToDictionary(g => g.Key, g => (long)g.Count());
        var counted = new Dictionary<string, long>();
        foreach (CountLine line in dump.Counts)
        {
            if (!counted.TryAdd(line.Key, line.Count))
            {
                yield return $"V10 key twice: {line.Key} is in the state of two tasks";
            }
        }

        foreach (string key in expected.Keys.Union(counted.Keys).Order(StringComparer.Ordinal))
        {
            long want = expected.GetValueOrDefault(key);
            long got = counted.GetValueOrDefault(key);
            if (got != want)
            {
                yield return $"V10 {(got < want ? "lost count" : "double count")}: {key} was counted {got} times, "
                    + $"{oracle} {want}";
            }
        }
    }
}
