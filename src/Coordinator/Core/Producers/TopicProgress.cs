namespace Millrace.Coordinator.Core.Producers;

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
