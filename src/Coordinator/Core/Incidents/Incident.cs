namespace Millrace.Coordinator.Core.Incidents;

/// <summary>Something that must not happen and that somebody should look at. The same reason and subject again, before
/// it is resolved, is the same incident.</summary>
/// <param name="Number">Never used again.</param>
/// <param name="Reason">A stable word, for example SNAPSHOT_DAMAGED.</param>
/// <param name="Subject">What it is about, for example "snapshots/t7-e12-p4096-00c0ffee00c0ffee".</param>
/// <param name="Message">What was seen last, for people.</param>
/// <param name="Advice">What to do, for people.</param>
/// <param name="Count">How often it was seen.</param>
/// <param name="Note">Who looked at it or why it is over; empty: nobody has yet.</param>
/// <param name="Position">Of damage: whoever starts from above this journal position does not need what is
/// damaged.</param>
internal sealed record Incident(
    ulong Number,
    EventLevel Level,
    string Reason,
    string Subject,
    string Message,
    string Advice,
    ulong Count,
    long FirstUnixMs,
    long LastUnixMs,
    IncidentState State = IncidentState.Open,
    string Note = "",
    long StateUnixMs = 0,
    ulong Position = 0);

internal enum IncidentState
{
    Open = 1,

    /// <summary>Somebody knows of it.</summary>
    Acknowledged = 2,

    /// <summary>It is over; the same again is a new incident.</summary>
    Resolved = 3,
}

/// <summary>The words that incidents' reasons are.</summary>
internal static class IncidentReasons
{
    /// <summary>A worker counted other events than the journal holds.</summary>
    public const string CommitMismatch = "COMMIT_MISMATCH";

    public const string SnapshotDamaged = "SNAPSHOT_DAMAGED";

    public const string JournalDamaged = "JOURNAL_DAMAGED";

    public const string ControlSnapshotDamaged = "CONTROL_SNAPSHOT_DAMAGED";

    /// <summary>A worker that was given up as lost spoke for what it had owned.</summary>
    public const string LostOwnerSpoke = "LOST_OWNER_SPOKE";

    /// <summary>Workers know more than the journal that the coordinator started with.</summary>
    public const string JournalRolledBack = "JOURNAL_ROLLED_BACK";
}
