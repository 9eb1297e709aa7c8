using Millrace.Common.Model;
using Millrace.Coordinator.Loop;
using Millrace.Protocol.Ingest.V1;

namespace Millrace.Coordinator.Ingest;

/// <summary>One PublishBatch call, waiting for its outcome.</summary>
internal sealed class PublishCall(IngestParts parts) : IBatchOutcome
{
    private readonly TaskCompletionSource<PublishBatchResponse> _answer =
        new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <exception cref="RefusalException">The batch was refused.</exception>
    public Task<PublishBatchResponse> Answer => _answer.Task;

    public void Acknowledged(OfferedBatch batch, ulong lastSequence, int repeats, ulong position)
    {
        parts.Pool.Return(batch);
        _answer.TrySetResult(new PublishBatchResponse
        {
            LastSequence = lastSequence,
            Position = position,
            RepeatedEvents = (uint)repeats,
            Incarnation = parts.Loop.Incarnation,
        });
    }

    public void Refused(OfferedBatch batch, Refusal refusal)
    {
        parts.Pool.Return(batch);
        _answer.TrySetException(new RefusalException(refusal));
    }
}
