using Millrace.Client.Core;

namespace Millrace.Client;

/// <summary>Settings of a producer.</summary>
public sealed record ProducerOptions
{
    /// <summary>
    /// The producer's id, [a-z0-9._-]{1,100}; empty: the coordinator chooses a fresh one. Name one only when the
    /// source can be replayed by sequence after a restart: events continue after <see cref="Producer.LastAck"/>.
    /// Of several processes with one id only the newest can publish.
    /// </summary>
    public string ProducerId { get; init; } = "";

    /// <summary>The size at which a batch is closed, in bytes of encoded events; 1 KiB to 1 MiB.</summary>
    public int MaxBatchBytes { get; init; } = new ProducerPolicy().MaxBatchBytes;

    /// <summary>The most events of a batch; 1 to 10,000.</summary>
    public int MaxBatchEvents { get; init; } = new ProducerPolicy().MaxBatchEvents;

    /// <summary>
    /// How long a batch that is not full waits for more events; 0 to 1 s. Zero is right for most: events gather anyway
    /// while acks are awaited.
    /// </summary>
    public TimeSpan Linger { get; init; } = TimeSpan.Zero;

    /// <summary>
    /// The most bytes that are held until they are acknowledged; sends wait beyond it. 1 MiB to 1 GiB.
    /// </summary>
    public int MaxBufferedBytes { get; init; } = new ProducerPolicy().MaxBufferedBytes;

    /// <summary>
    /// Send events without a key too: for topics that spread batches or go by event time. Any other topic refuses the
    /// whole batch that holds one, and the topic fails for this producer; without this option the event alone is
    /// refused, before it is sent.
    /// </summary>
    public bool AllowEventsWithoutKey { get; init; }

    /// <summary>How long the first opening may take.</summary>
    public TimeSpan OpenWithin { get; init; } = new ProducerPolicy().OpenWithin;

    /// <summary>After so long without a coordinator, events that wait fail, and the producer with them.</summary>
    public TimeSpan GiveUpAfter { get; init; } = new ProducerPolicy().GiveUpAfter;

    /// <summary>How long closing waits for acks of what was sent.</summary>
    public TimeSpan CloseWithin { get; init; } = TimeSpan.FromSeconds(10);

    internal ProducerPolicy ToPolicy()
    {
        Check(MaxBatchBytes is >= 1024 and <= 1024 * 1024, nameof(MaxBatchBytes), "1,024 to 1,048,576 bytes");
        Check(MaxBatchEvents is >= 1 and <= 10_000, nameof(MaxBatchEvents), "1 to 10,000 events");
        Check(MaxBufferedBytes is >= 1024 * 1024 and <= 1024 * 1024 * 1024, nameof(MaxBufferedBytes), "1 MiB to 1 GiB");
        Check(Linger >= TimeSpan.Zero && Linger <= TimeSpan.FromSeconds(1), nameof(Linger), "0 to 1 s");
        return new ProducerPolicy
        {
            MaxBatchBytes = MaxBatchBytes,
            MaxBatchEvents = MaxBatchEvents,
            Linger = Linger,
            MaxBufferedBytes = MaxBufferedBytes,
            AllowEventsWithoutKey = AllowEventsWithoutKey,
            OpenWithin = OpenWithin,
            GiveUpAfter = GiveUpAfter,
        };
    }

    private static void Check(bool good, string name, string range)
    {
        if (!good)
        {
            throw new ArgumentOutOfRangeException(name, $"{name} must be {range}.");
        }
    }
}
