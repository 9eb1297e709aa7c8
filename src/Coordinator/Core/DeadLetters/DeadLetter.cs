using Millrace.Common.Model;

namespace Millrace.Coordinator.Core.DeadLetters;

/// <summary>An event that was not applied and is kept for somebody to look at.</summary>
/// <param name="Number">Never used again.</param>
/// <param name="Offset">In its partition.</param>
/// <param name="Entry">The event as it was published: tag, length and event.</param>
internal sealed record DeadLetter(
    ulong Number,
    JobId Job,
    PartitionId Partition,
    ulong Offset,
    string Reason,
    byte[] Key,
    byte[] Entry,
    long UnixMs)
{
    /// <summary>The one who publishes it again: it has one event to say, so it is stored at most once, however often a
    /// retry is tried.</summary>
    public string ProducerId() => $"dead-letter-{Number}";
}

/// <summary>What has become of a job's bad events since it was deployed.</summary>
/// <param name="KeptBytes">Of the letters that are kept.</param>
internal sealed record DeadLetterCounts(
    int Kept = 0,
    long KeptBytes = 0,
    ulong Skipped = 0,
    ulong Quarantined = 0,
    ulong Retried = 0,
    ulong Discarded = 0);

/// <summary>Why a dead letter is not kept any more.</summary>
internal enum DeadLetterEnd
{
    /// <summary>It was published again, as a new event.</summary>
    Retried = 1,

    /// <summary>Nobody wants it.</summary>
    Discarded = 2,
}
