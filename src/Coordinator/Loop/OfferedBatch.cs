using Millrace.Common.Model;
using Millrace.Coordinator.Core.Topics;
using Millrace.Coordinator.Journal;

namespace Millrace.Coordinator.Loop;

/// <summary>A scanned and routed batch on its way through the loop. Pooled by ingest; it is ingest's again as soon as
/// one of the outcome's methods has been called with it.</summary>
internal sealed class OfferedBatch
{
    private const int BytesEach = 256;
    private const int BytesPerEvent = 20;

    public EntryBatch Entries { get; } = new();

    /// <summary>Bytes of the entries' buffer that hold the message as it came; -1: it was too large to be
    /// taken.</summary>
    public int PayloadLength;

    public string ProducerId = "";
    public ulong ProducerEpoch;
    public TopicRoute? Topic;
    public ulong FirstSequence;

    /// <summary>The stream it came on; the newest stream of a (producer, topic) wins. 0: a plain call.</summary>
    public ulong StreamId;

    public IBatchOutcome? Outcome;

    /// <summary>What it counts at the gate that bounds batches under way, in bytes; 0: it has not passed it.</summary>
    public long Charge;

    /// <summary>Bytes of memory that it takes while it is under way, about.</summary>
    public long Footprint => BytesEach + PayloadLength + ((long)BytesPerEvent * Entries.Count);
}

/// <summary>Hears what became of batches. Called on the loop: must return at once and never throw.</summary>
internal interface IBatchOutcome
{
    /// <summary>Everything up to <paramref name="lastSequence"/> is durable.</summary>
    /// <param name="repeats">How many of the batch's events had been stored before.</param>
    /// <param name="position">A journal position at which they can all be seen.</param>
    void Acknowledged(OfferedBatch batch, ulong lastSequence, int repeats, ulong position);

    /// <summary>Nothing of the batch was stored, and nothing later on its stream will be.</summary>
    void Refused(OfferedBatch batch, Refusal refusal);
}

/// <summary>Where ingest hands batches to.</summary>
internal interface IBatchIntake
{
    /// <summary>Waits while the loop's queue is full: this is how producers are slowed down.</summary>
    ValueTask OfferAsync(OfferedBatch batch, CancellationToken cancellation);
}
