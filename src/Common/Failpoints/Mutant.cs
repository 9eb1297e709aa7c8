namespace Millrace.Common.Failpoints;

/// <summary>Planted bugs, so that the simulator's checkers can prove that they see. Only test builds can switch one
/// on.</summary>
public enum Mutant
{
    None,
    AckBeforeSync,
    RepeatAckedBeforeFirstCopyDurable,
    IdentityIncludesEpoch,
    CommitBeforeOutputs,
    CommitBeforeSnapshotSynced,
    EqualOrOlderEpochAccepted,
    ReplayFromPositionPlusOne,
    DamageBelowMarkCutAsTornTail,
    StaleFrameOfRecycledSegmentAccepted,
    WarmCopyCommits,
    ChildStartsBeforeTheSeal,
    TaskIdReused,
    BatchStoredByAnOldMap,
}

/// <summary>Which planted bug is on in this process: the one that MILLRACE_MUTANT names, or that was
/// activated.</summary>
public static class Mutants
{
#if MILLRACE_TEST_BUILD
    private static Mutant _active =
        Enum.TryParse(Environment.GetEnvironmentVariable("MILLRACE_MUTANT"), out Mutant named) ? named : Mutant.None;

    public static void Activate(Mutant mutant) => _active = mutant;

    public static bool Is(Mutant mutant) => _active == mutant;
#else
    /// <summary>A constant, so that the compiler removes every mutant from other builds.</summary>
    public static bool Is(Mutant mutant) => false;
#endif
}
