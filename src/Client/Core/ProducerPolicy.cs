namespace Millrace.Client.Core;

/// <summary>The numbers that a producer works by. The coordinator's own limits lower them when it opens.</summary>
internal sealed record ProducerPolicy
{
    /// <summary>
    /// A batch is closed before its entries exceed this, in bytes. A larger single event travels alone.
    /// </summary>
    public int MaxBatchBytes { get; init; } = 64 * 1024;

    /// <summary>The most events that a batch may hold.</summary>
    public int MaxBatchEvents { get; init; } = 4096;

    /// <summary>The most bytes of a topic that may be sent and not acknowledged. One batch is always allowed.</summary>
    public int MaxInFlightBytes { get; init; } = 4 * 1024 * 1024;

    /// <summary>The most batches of a topic that may be sent and not acknowledged.</summary>
    public int MaxInFlightBatches { get; init; } = 64;

    /// <summary>
    /// A batch that is not full yet is sent while fewer than this are in flight. Later events then gather behind the
    /// acks that are awaited, so that events sent one by one merge under load and leave at once without it.
    /// </summary>
    public int MaxInFlightWhenPartial { get; init; } = 2;

    /// <summary>Events without a key are sent; the coordinator decides by the topic.</summary>
    public bool AllowEventsWithoutKey { get; init; }

    /// <summary>How long a batch that is not full waits for more events.</summary>
    public TimeSpan Linger { get; init; } = TimeSpan.Zero;

    /// <summary>The most bytes that may be held for all topics until they are acknowledged.</summary>
    public int MaxBufferedBytes { get; init; } = 32 * 1024 * 1024;

    /// <summary>
    /// The longest wait before the first attempt to open again; it doubles with every attempt in vain.
    /// </summary>
    public TimeSpan BackoffMin { get; init; } = TimeSpan.FromMilliseconds(50);

    /// <summary>The longest wait before any attempt, unless the coordinator asks for more: a part of what its restart
    /// takes.</summary>
    public TimeSpan BackoffMax { get; init; } = TimeSpan.FromMilliseconds(250);

    /// <summary>How long the first opening may take; an address may be wrong.</summary>
    public TimeSpan OpenWithin { get; init; } = TimeSpan.FromSeconds(15);

    /// <summary>After so long in vain the producer fails. Longer than any restart that is to be survived.</summary>
    public TimeSpan GiveUpAfter { get; init; } = TimeSpan.FromMinutes(2);
}
