namespace Millrace.Coordinator.Ingest;

/// <summary>How far a stream's topic has become durable since its producer was told last.</summary>
internal sealed class PendingAck(string topic)
{
    public string Topic { get; } = topic;

    public ulong LastSequence { get; private set; }

    public ulong Position { get; private set; }

    /// <summary>It stands in the stream's queue of acks to be sent.</summary>
    public bool Queued { get; set; }

    /// <summary>Acks are cumulative: only the newest counts.</summary>
    public void Raise(ulong lastSequence, ulong position)
    {
        LastSequence = Math.Max(LastSequence, lastSequence);
        Position = Math.Max(Position, position);
    }
}
