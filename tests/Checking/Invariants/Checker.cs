using Millrace.Checking.Histories;
using Millrace.Checking.Logs;

namespace Millrace.Checking.Invariants;

/// <summary>Holds a run's history against its journal.</summary>
public static class Checker
{
    /// <summary>What must hold at any time, however the run ended: V1 to V14, V16 and V18 to V21.</summary>
    public static List<Violation> Check(History history, Log log)
    {
        var found = new List<Violation>();
        LogInvariants.Check(history, log, found);
        new CommitInvariants(history, log, found).Check();
        RunInvariants.Check(history, log, found);
        SealInvariants.Check(history, log, found);
        RequestInvariants.Check(log, found);
        ReadInvariants.Check(history, log, found);
        TermInvariants.Check(history, log, found);
        BoundInvariants.Check(history, found);
        DeadLetterInvariants.Check(log, found);
        found.AddRange(history.Violations);
        return found;
    }
}
