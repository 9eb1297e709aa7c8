using Millrace.Client.Core;

namespace Millrace.Client.Producing;

/// <summary>Carries out what the machine decided. Called under the producer's lock: must return at once.</summary>
internal interface IProducerPort
{
    void Send(SendBatch send);

    void Open(OpenProducer open);

    void Ready(ProducerReady ready);

    void Waits(ProducerWaits waits);

    void Failed(ProducerFailed failed);

    void Refused(TopicFailed failed);

    /// <summary>The machine is to be woken at another time than before; null: not at all.</summary>
    void WakeAt(TimeSpan? due);
}
