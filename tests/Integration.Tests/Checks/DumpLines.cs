using System.Text.Json.Serialization;

namespace Millrace.Integration.Tests.Checks;

// What a run leaves on disk, one JSON object a line. The checkers know these lines and nothing of the product.

/// <summary>One step of a producer, in the order in which the test process saw them.</summary>
[JsonDerivedType(typeof(Invoked), "invoke")]
[JsonDerivedType(typeof(Acknowledged), "ack")]
[JsonDerivedType(typeof(Refused), "refuse")]
[JsonDerivedType(typeof(LogRead), "read")]
public abstract record HistoryLine;

/// <summary>An event was handed over for the first time. Until an ack covers it, its fate is unknown.</summary>
public sealed record Invoked(string Producer, long Sequence, string Key, string Value) : HistoryLine;

/// <summary>Everything of the producer up to <paramref name="Last"/> was said to be durable.</summary>
public sealed record Acknowledged(string Producer, long Last, ulong Position, ulong Incarnation) : HistoryLine;

/// <summary>The event was refused and never tried again: it must not be anywhere.</summary>
public sealed record Refused(string Producer, long Sequence) : HistoryLine;

/// <summary>The log was read from here on into dump number <paramref name="Dump"/>: all acks above must be in
/// it.</summary>
public sealed record LogRead(int Dump) : HistoryLine;

/// <summary>One stored event, read back.</summary>
/// <param name="Value">"producer:sequence:nonce".</param>
public sealed record LogLine(int Partition, long Offset, ulong Position, string Key, string Value);

/// <summary>An assignment as ListAssignments showed it. Samples are numbered in the order in which they were
/// taken.</summary>
/// <param name="EndOffset">The offset that the next event of the partition would get.</param>
public sealed record AssignmentLine(
    int Sample,
    string Name,
    string Worker,
    ulong Epoch,
    ulong CommittedOffset,
    ulong CommittedPosition,
    ulong EndOffset);

/// <summary>One entry of the job's final state.</summary>
public sealed record CountLine(string Key, long Count);

/// <summary>A cluster event, in the order of ListEvents.</summary>
public sealed record EventLine(ulong Revision, string Reason, string Subject, string Message);

/// <summary>A decision, read from the journal, in journal order.</summary>
/// <param name="Subject">The task; of an opened producer its number.</param>
/// <param name="Partition">The index of the task's partition.</param>
/// <param name="Epoch">Of a started coordinator its incarnation.</param>
/// <param name="Worker">The new owner; empty for a task that nobody owns from then on, and for all but
/// assignments.</param>
/// <param name="Offset">What a commit names; otherwise 0.</param>
/// <param name="Position">What a commit names; otherwise 0.</param>
public sealed record DecisionLine(
    ulong FrameEnd, string Kind, ulong Subject, int Partition, ulong Epoch, string Worker, ulong Offset, ulong Position)
{
    public const string Started = "started";
    public const string Opened = "opened";
    public const string Assigned = "assigned";
    public const string Committed = "committed";
}
