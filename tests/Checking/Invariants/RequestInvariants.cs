using Millrace.Checking.Histories;
using Millrace.Checking.Logs;

namespace Millrace.Checking.Invariants;

/// <summary>V21: what was asked for under one request id is done once, however often it was asked.</summary>
public static class RequestInvariants
{
    public static void Check(Log log, List<Violation> found)
    {
        var first = new Dictionary<string, ulong>(StringComparer.Ordinal);
        foreach ((LogFrame frame, ControlEvent control) in log.Controls)
        {
            if (control.Request is { } id && !first.TryAdd(id, frame.Position))
            {
                string before = $"at {first[id]} and again at {frame.Position}";
                found.Add(new Violation("V21", $"request {id} was carried out {before}"));
            }
        }
    }
}
