using System.ComponentModel;

namespace Millrace.Common.Failpoints;

/// <summary>Planted bugs, so that the simulator's checkers can prove that they see. Only test builds can switch one
/// on. The descriptions say which rule each one breaks.</summary>
public enum Mutant
{
    None,

    [Description("acks leave when a frame is sealed, not when it is durable")]
    AckBeforeSync,

    [Description("acks leave when a batch has been taken into the open frame")]
    AckOnEnqueue,

    [Description("a repeat is acked while the first copy is not durable yet")]
    RepeatAckedBeforeFirstCopyDurable,

    [Description("the journal is written and never synced")]
    JournalNotSynced,

    [Description("a failed write or sync of the journal is taken for done")]
    SyncFailureIgnored,

    [Description("a write that finds no space is taken for done")]
    NoSpaceIgnored,

    [Description("a new segment's name is not synced")]
    DirectoryNotSynced,

    [Description("recovery believes what it can read above the last durable mark")]
    TailNotRewritten,

    [Description("damage below a durable mark is cut like a torn tail")]
    DamageBelowMarkCutAsTornTail,

    [Description("frames of a file's earlier use count")]
    StaleFrameOfRecycledSegmentAccepted,

    [Description("replay leaves out the first frame after the control snapshot")]
    ReplayFromPositionPlusOne,

    [Description("replay does not tell which sequences are stored")]
    SequencesForgottenOnRestart,

    [Description("the counter of epochs is not in the control snapshot")]
    EpochsForgottenOnRestart,

    [Description("a task whose commit is not in the control snapshot counts as new")]
    CommitsForgottenOnRestart,

    [Description("the topic's hash is not in the control snapshot")]
    HashChangesOnRestart,

    [Description("sequences are told apart by producer epoch")]
    IdentityIncludesEpoch,

    [Description("sequences are told apart by stream")]
    IdentityIncludesStream,

    [Description("a batch may leave out sequences, so a retry may come after what follows it")]
    GapAccepted,

    [Description("the client reports a batch as durable when its stream breaks")]
    BrokenStreamTakenForAck,

    [Description("a request id that was answered is not looked up")]
    RequestDoneAgain,

    [Description("a task is granted before its epoch is durable")]
    GrantBeforeEpochDurable,

    [Description("commits of earlier epochs count")]
    EqualOrOlderEpochAccepted,

    [Description("commits of every worker with a lease count")]
    CommitsJudgedByLease,

    [Description("a commit counts before its snapshot is synced")]
    CommitBeforeSnapshotSynced,

    [Description("a commit counts before the outputs it speaks of are stored")]
    CommitBeforeOutputs,

    [Description("a checkpoint holds a part of a frame that its position leaves out")]
    PartOfFrameCommitted,

    [Description("a warm copy commits")]
    WarmCopyCommits,

    [Description("new tasks start before those of the sealed partition are done")]
    ChildStartsBeforeTheSeal,

    [Description("a new task gets the number of an old one")]
    TaskIdReused,

    [Description("a batch that was routed before a split is stored as it is")]
    BatchStoredByAnOldMap,

    [Description("the last key group of a range is not inherited")]
    InheritedGroupsOffByOne,

    [Description("blocks go to a task that has no credit left")]
    CreditIgnored,

    [Description("an answer names the durable end, although its task lags behind")]
    AnswersClaimToBeFresh,

    [Description("the journal is trimmed by age, whoever still needs it")]
    TrimmedByRetentionAlone,

    [Description("a task passes over an event that it cannot apply without waiting for a verdict")]
    PoisonPassedWithoutVerdict,

    [Description("events of a parked key are applied")]
    ParkedKeyIgnored,

    [Description("a restore passes over a link of a snapshot's chain")]
    SnapshotLinkSkipped,

    [Description("a standby takes over without all that is committed, and goes on behind it")]
    StandbySkipsWhatItLacks,

    [Description("a coordinator that stood still counts that time as the silence of others")]
    OwnPauseBlamedOnOthers,

    [Description("a spy that says that its worker lives is not believed")]
    SpyNotBelieved,

    [Description("a worker whose stream broke is waited for no longer when its spy says that it lives")]
    BrokenStreamTakenForDeath,
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

    public static bool IsAny(params ReadOnlySpan<Mutant> mutants) => mutants.Contains(_active);
#else
    /// <summary>Does nothing: other builds have no mutants.</summary>
    public static void Activate(Mutant mutant)
    {
    }

    /// <summary>A constant, so that every mutant is compiled away in other builds.</summary>
    public static bool Is(Mutant mutant) => false;

    /// <inheritdoc cref="Is"/>
    public static bool IsAny(params ReadOnlySpan<Mutant> mutants) => false;
#endif
}
