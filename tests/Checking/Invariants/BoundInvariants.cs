using Millrace.Checking.Histories;

namespace Millrace.Checking.Invariants;

/// <summary>V18: memory, queues, files and retries stay within their bounds.</summary>
public static class BoundInvariants
{
    public static void Check(History history, List<Violation> found)
    {
        foreach ((string what, Bound worst) in history.Bounds.OrderBy(b => b.Key, StringComparer.Ordinal))
        {
            if (worst.Value > worst.Allowed)
            {
                found.Add(new Violation("V18", $"{what}: {worst.Value}, allowed are {worst.Allowed}"));
            }
        }
    }
}
