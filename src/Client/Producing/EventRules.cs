using Millrace.Common.Model;

namespace Millrace.Client.Producing;

/// <summary>
/// What is wrong with an event is found out before it shares a batch with others: the coordinator would refuse them
/// all. The words are the coordinator's.
/// </summary>
internal static class EventRules
{
    public const int MaxKeyBytes = 1024;

    public static Refusal EmptyBatch { get; } =
        Refusal.BadField("events", "A batch holds at least one event.", "EMPTY_BATCH");

    /// <param name="needsKey">Whether an event without a key is refused here already.</param>
    public static Refusal? Check(in EventData data, int eventBytes, int maxEventBytes, bool needsKey)
    {
        if (data.Key.Length == 0 && needsKey)
        {
            return Refusal.BadField("key", "An event needs a key of at least one byte.", "KEY_REQUIRED");
        }

        if (data.Key.Length > MaxKeyBytes)
        {
            return Refusal.BadField(
                "key", $"A key of {data.Key.Length} bytes exceeds {MaxKeyBytes} bytes.", "KEY_TOO_LARGE");
        }

        return eventBytes <= maxEventBytes
            ? null
            : new Refusal(
                RefusalKind.InvalidArgument,
                "EVENT_TOO_LARGE",
                $"An event of {eventBytes} bytes exceeds {maxEventBytes} bytes.");
    }

    public static Refusal TooManyWaiting(int most) => new(
        RefusalKind.ResourceExhausted,
        "BUFFER_FULL",
        $"{most} sends wait for room already. Await sends, or use PostAsync, which waits for room.");
}
