namespace Millrace.Coordinator.Journal;

internal enum SegmentKind
{
    /// <summary>Part of the journal.</summary>
    Live,

    /// <summary>Written once from end to end, and waiting for its next use.</summary>
    Spare,

    /// <summary>Being made; a crash leaves it behind.</summary>
    Unfinished,
}
