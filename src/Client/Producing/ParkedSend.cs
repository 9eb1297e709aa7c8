namespace Millrace.Client.Producing;

/// <summary>A send that waits for room. Taken in the order of the calls, event by event as room comes.</summary>
internal sealed class ParkedSend(TopicSends? sends, ReadOnlyMemory<EventData> events, SendCompletion completion)
{
    /// <summary>Null: nothing is sent; the turn itself is waited for.</summary>
    public TopicSends? Sends { get; } = sends;

    public ReadOnlyMemory<EventData> Events { get; } = events;

    public SendCompletion Completion { get; } = completion;

    /// <summary>Completed when taken rather than when durable.</summary>
    public bool IsPost { get; init; }

    /// <summary>How many events have been taken.</summary>
    public int Taken { get; set; }

    public bool Done { get; set; }

    public CancellationTokenRegistration Cancellation { get; set; }
}
