using System.Globalization;
using Millrace.Common.Model;

namespace Millrace.Coordinator.Ingest;

/// <summary>Everything that can be wrong with a batch by itself, before the machine looks at it.</summary>
internal static class IngestRefusals
{
    public static Refusal Malformed(string what) => new(
        RefusalKind.InvalidArgument,
        "MALFORMED_MESSAGE",
        $"The message is not a valid protobuf message: {what}. Encode it with the published ingest.proto.");

    public static Refusal BatchTooLarge(int maxBytes) => Named(
        RefusalKind.ResourceExhausted,
        "BATCH_TOO_LARGE",
        $"The batch is larger than {maxBytes} bytes; send fewer events in one batch.",
        ("maxBatchBytes", Text(maxBytes)));

    public static Refusal TooManyEvents(int count, int max) => Named(
        RefusalKind.ResourceExhausted,
        "BATCH_TOO_LARGE",
        $"The batch has {count} events; at most {max} are taken in one batch.",
        ("field", "events"),
        ("maxBatchEvents", Text(max)));

    /// <param name="retryAfter">When there may be room again.</param>
    public static Refusal Overloaded(string message, TimeSpan retryAfter) =>
        new(RefusalKind.ResourceExhausted, "OVERLOADED", message) { RetryAfter = retryAfter };

    public static Refusal EmptyBatch(string topic) => Named(
        RefusalKind.InvalidArgument,
        "EMPTY_BATCH",
        "The batch has no events; send at least one.",
        ("field", "events"),
        ("topic", topic));

    public static Refusal EventTooLarge(string topic, int index, ulong sequence, int max) => Named(
        RefusalKind.ResourceExhausted,
        "EVENT_TOO_LARGE",
        $"The event with sequence {sequence} is larger than {max} bytes; store the payload elsewhere and send a "
        + "reference.",
        ("field", $"events[{index}]"),
        ("topic", topic),
        ("sequence", Text(sequence)),
        ("maxEventBytes", Text(max)));

    public static Refusal KeyRequired(string topic, int index, ulong sequence) => Named(
        RefusalKind.InvalidArgument,
        "KEY_REQUIRED",
        $"The event with sequence {sequence} has no key, and topic {topic} spreads events by key; give every event "
        + "one.",
        ("field", $"events[{index}].key"),
        ("topic", topic),
        ("sequence", Text(sequence)));

    public static Refusal KeyTooLarge(string topic, int index, ulong sequence, int max) => Named(
        RefusalKind.InvalidArgument,
        "KEY_TOO_LARGE",
        $"The key of the event with sequence {sequence} is longer than {max} bytes; use a shorter one, or its hash.",
        ("field", $"events[{index}].key"),
        ("topic", topic),
        ("sequence", Text(sequence)),
        ("maxKeyBytes", Text(max)));

    public static Refusal NoSuchTopic(string topic) => Named(
        RefusalKind.NotFound,
        "NO_SUCH_TOPIC",
        $"There is no topic {topic}; create it first (millrace topics create {topic}).",
        ("field", "topic"),
        ("topic", topic));

    public static Refusal BadSequence() => Refusal.BadField(
        "first_sequence",
        "first_sequence must be from 1 to 2^63 - 1: a producer numbers its events of a topic from 1.");

    public static Refusal MissingEpoch() => Refusal.BadField(
        "producer_epoch", "producer_epoch is missing: call OpenProducer and send the epoch that it returns.");

    public static Refusal OtherProducer(string producer) => Named(
        RefusalKind.InvalidArgument,
        "BAD_FIELD",
        $"This stream belongs to producer {producer} and its epoch; open one stream for each producer.",
        ("field", "producer_id"),
        ("producerId", producer));

    private static string Text(ulong value) => value.ToString(CultureInfo.InvariantCulture);

    private static string Text(int value) => value.ToString(CultureInfo.InvariantCulture);

    private static Refusal Named(
        RefusalKind kind, string reason, string message, params (string Name, string Value)[] variables) =>
        new(kind, reason, message) { Metadata = variables.ToDictionary(v => v.Name, v => v.Value) };
}
