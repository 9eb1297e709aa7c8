using Millrace.Checking.Histories;
using Millrace.Checking.Logs;

namespace Millrace.Checking.Invariants;

/// <summary>Holds a run's history against its journal.</summary>
public static class Checker
{
    /// <summary>What must hold at any time, however the run ended: V1 to V10, V12, V19 and V20.</summary>
    public static List<Violation> Check(History history, Log log)
    {
        var found = new List<Violation>();
        LogInvariants.Check(history, log, found);
        new CommitInvariants(history, log, found).Check();
        RunInvariants.Check(history, log, found);
        SealInvariants.Check(history, log, found);
        found.AddRange(history.Violations);
        return found;
    }
}
