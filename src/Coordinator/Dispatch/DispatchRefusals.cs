using System.Globalization;
using Millrace.Common.Model;

namespace Millrace.Coordinator.Dispatch;

/// <summary>Why a stream of stored events is not given, or ends.</summary>
internal static class DispatchRefusals
{
    /// <summary>A task was subscribed at a place that does not fit what the journal holds.</summary>
    public static Refusal OffsetMissing(TaskCursor cursor, ulong found) => Named(
        RefusalKind.OutOfRange,
        "OFFSET_TRIMMED",
        $"{cursor.Grant.Task} needs offset {cursor.NextOffset} of its partition next, but the journal goes on with "
        + $"{found}; restore the task from its last commit.",
        ("taskId", Text(cursor.Grant.Task.Value)),
        ("offset", Text(cursor.NextOffset)),
        ("oldestOffset", Text(found)));

    public static Refusal OffsetTrimmed(string topic, uint partition, ulong offset, ulong oldest) => Named(
        RefusalKind.OutOfRange,
        "OFFSET_TRIMMED",
        $"Offset {offset} of partition {partition} of topic {topic} is no longer kept; read from {oldest}.",
        ("topic", topic),
        ("partitionIndex", Text(partition)),
        ("offset", Text(offset)),
        ("oldestOffset", Text(oldest)));

    public static Refusal NoSuchTopic(string topic) => Named(
        RefusalKind.NotFound,
        "NO_SUCH_TOPIC",
        $"There is no topic {topic}; millrace topics list shows all.",
        ("field", "topic"),
        ("topic", topic));

    public static Refusal NoSuchPartition(string topic, uint index, int count) => Named(
        RefusalKind.NotFound,
        "NO_SUCH_PARTITION",
        $"Topic {topic} has no partition {index}; it has {count}, counted from 0.",
        ("field", "partition_index"),
        ("topic", topic),
        ("partitionIndex", Text(index)));

    public static Refusal Forgotten(string topic, uint index) => Named(
        RefusalKind.NotFound,
        "PARTITION_FORGOTTEN",
        $"Partition {index} of topic {topic} was split or merged, and nothing that it held is kept any more; read the "
        + "partitions that the topic has now.",
        ("field", "partition_index"),
        ("topic", topic),
        ("partitionIndex", Text(index)));

    public static Refusal NotOpened() => Refusal.BadField(
        "open", "The first message of a data stream must be open, with the session's number from the welcome.");

    public static Refusal Replaced(ulong session) => Named(
        RefusalKind.Aborted,
        "STALE_SESSION",
        $"A newer data stream of session {session} replaced this one.",
        ("sessionId", Text(session)));

    private static string Text(ulong value) => value.ToString(CultureInfo.InvariantCulture);

    private static Refusal Named(
        RefusalKind kind, string reason, string message, params (string Name, string Value)[] variables) =>
        new(kind, reason, message) { Metadata = variables.ToDictionary(v => v.Name, v => v.Value) };
}
