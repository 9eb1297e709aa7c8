using System.Buffers;
using System.Collections.Concurrent;
using Grpc.Core;
using Millrace.Coordinator.Loop;

namespace Millrace.Coordinator.Ingest;

/// <summary>
/// Batches to be filled and used again. The marshaller copies a message once, into a pooled buffer; nothing is decoded
/// there, because a failure inside a marshaller could not be told to the producer by name.
/// </summary>
internal sealed class BatchPool
{
    /// <summary>Free batches kept; their arrays are small, the buffers go back to the array pool.</summary>
    private const int MaxFree = 128;

    private readonly ConcurrentQueue<OfferedBatch> _free = new();
    private readonly IngestLimits _limits;
    private readonly IntakeGate _gate;

    /// <param name="gate">What batches have passed that are returned with a charge.</param>
    public BatchPool(IngestLimits limits, IntakeGate gate)
    {
        _limits = limits;
        _gate = gate;
        Marshaller = Marshallers.Create(
            static (_, _) => throw new NotSupportedException("The coordinator receives batches and sends none."),
            Receive);
    }

    /// <summary>Reads a PublishRequest or PublishBatchRequest.</summary>
    public Marshaller<OfferedBatch> Marshaller { get; }

    public OfferedBatch Rent() => _free.TryDequeue(out OfferedBatch? batch) ? batch : new OfferedBatch();

    public void Return(OfferedBatch batch)
    {
        byte[] buffer = batch.Entries.Buffer;
        batch.Entries.Buffer = [];
        batch.Entries.Count = 0;
        batch.Entries.ByteCount = 0;
        batch.Topic = null;
        batch.Outcome = null;
        long charge = batch.Charge;
        batch.Charge = 0;
        if (buffer.Length > 0)
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }

        if (_free.Count < MaxFree)
        {
            _free.Enqueue(batch);
        }

        if (charge > 0)
        {
            _gate.Leave(charge);
        }
    }

    private OfferedBatch Receive(DeserializationContext context)
    {
        OfferedBatch batch = Rent();
        int length = context.PayloadLength;
        if (length > _limits.MaxBatchBytes)
        {
            batch.PayloadLength = -1;
            return batch;
        }

        batch.PayloadLength = length;
        if (length > 0)
        {
            batch.Entries.Buffer = ArrayPool<byte>.Shared.Rent(length);
            context.PayloadAsReadOnlySequence().CopyTo(batch.Entries.Buffer);
        }

        return batch;
    }
}
