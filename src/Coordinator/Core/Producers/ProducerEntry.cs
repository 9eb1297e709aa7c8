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
