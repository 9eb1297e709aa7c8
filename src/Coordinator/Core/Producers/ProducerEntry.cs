using Millrace.Common.Model;

namespace Millrace.Coordinator.Core.Producers;

/// <summary>One live producer.</summary>
internal sealed class ProducerEntry(string id, ulong number)
{
    public string Id { get; } = id;

    /// <summary>Its short number, used by ranges; never used again.</summary>
    public ulong Number { get; } = number;

    /// <summary>Only fences: older ones are refused.</summary>
    public ulong Epoch { get; set; }

    /// <summary>When it was opened, or the time of the last frame that stored events of it.</summary>
    public long ActiveUnixMs { get; set; }

    /// <summary>The open frame holds events of it. Live only.</summary>
    public bool InOpenFrame { get; set; }

    public Dictionary<TopicId, TopicProgress> Topics { get; } = [];
}

/// <summary>How far a producer has come in one topic.</summary>
internal sealed class TopicProgress
{
    /// <summary>The last stored sequence; 0: none.</summary>
    public ulong Last { get; set; }

    /// <summary>The newest stream that has sent to the topic: older ones are refused. Live only.</summary>
    public ulong Stream { get; set; }

    /// <summary>A stream that had something refused: nothing later on it is taken. Live only.</summary>
    public ulong RefusedStream { get; set; }

    /// <summary>The producer's epoch at the last batch. Live only; for a planted bug.</summary>
    public ulong Epoch { get; set; }
}
