using Grpc.Core;
using Millrace.Common.Model;
using Millrace.Common.Wire;
using Millrace.Coordinator.Core;
using Millrace.Coordinator.Core.Topics;
using Millrace.Coordinator.Journal;
using Millrace.Coordinator.Loop;
using Millrace.Protocol.Ingest.V1;

namespace Millrace.Coordinator.Dispatch;

/// <summary>The reading half of the ingest service: stored events of one partition, from an offset on.</summary>
internal sealed class PartitionReads(
    FrameSource frames,
    OffsetIndex offsets,
    IControlLoop loop,
    DispatchLimits limits,
    Func<WakeSignal, IDisposable> follow)
{
    public ServerServiceDefinition Define()
    {
        var read = new Method<ReadRequest, RawReadResponse>(
            MethodType.ServerStreaming,
            IngestMethods.ServiceName,
            "Read",
            WireMarshallers.Generated<ReadRequest>(),
            RawReadResponse.Marshaller);
        return ServerServiceDefinition.CreateBuilder().AddMethod(read, ReadAsync).Build();
    }

    internal async Task ReadAsync(
        ReadRequest request, IServerStreamWriter<RawReadResponse> responses, ServerCallContext context)
    {
        try
        {
            await ReadAsync(request, responses, context.CancellationToken);
        }
        catch (RefusalException refused)
        {
            throw refused.Refusal.ToRpcException();
        }
        catch (OperationCanceledException) when (context.CancellationToken.IsCancellationRequested)
        {
            // The reader has left.
        }
    }

    private async Task ReadAsync(
        ReadRequest request, IServerStreamWriter<RawReadResponse> responses, CancellationToken cancellation)
    {
        PartitionId partition = Find(request);
        var run = new ReadRun(request, limits.MessageBytes);
        var wake = new WakeSignal();
        using IDisposable following = follow(wake);
        ulong position = Math.Max(offsets.Find(partition, request.Offset), frames.FirstPosition);
        while (!run.IsDone)
        {
            // First, so that the frame of the seal was durable before it is looked whether there is more to read.
            PartitionEnd? end = EndOf(request);
            SealedFrame? frame = end?.SealedAt <= position ? null : frames.Next(position, out position);
            if (end?.SealedAt <= position && frame is null)
            {
                await responses.WriteAsync(run.AtEnd(end), cancellation);
                return;
            }

            if (frame is null)
            {
                if (!request.Follow)
                {
                    return;
                }

                await wake.WaitAsync(cancellation);
                continue;
            }

            try
            {
                offsets.Add(frame);
                if (TryFindBlock(frame, partition, out PartitionBlock block))
                {
                    while (run.TryTake(frame, block, out RawReadResponse response))
                    {
                        await responses.WriteAsync(response, cancellation);
                    }
                }
            }
            finally
            {
                frame.Release();
            }

            cancellation.ThrowIfCancellationRequested();
        }
    }

    /// <summary>Null: the partition is not sealed.</summary>
    /// <exception cref="RefusalException">It is forgotten.</exception>
    private PartitionEnd? EndOf(ReadRequest request)
    {
        Find(request);
        return loop.Routing.Topics[request.Topic].Ends.GetValueOrDefault((int)request.PartitionIndex);
    }

    private PartitionId Find(ReadRequest request)
    {
        if (!loop.Routing.Topics.TryGetValue(request.Topic, out TopicRoute? route))
        {
            throw new RefusalException(
                Names.Check(request.Topic, "topic") ?? DispatchRefusals.NoSuchTopic(request.Topic));
        }

        if (request.PartitionIndex >= (uint)route.Partitions.Length)
        {
            throw new RefusalException(DispatchRefusals.NoSuchPartition(
                request.Topic, request.PartitionIndex, route.Partitions.Length));
        }

        PartitionId found = route.Partitions[(int)request.PartitionIndex];
        return found.Value > 0
            ? found
            : throw new RefusalException(DispatchRefusals.Forgotten(request.Topic, request.PartitionIndex));
    }

    private static bool TryFindBlock(SealedFrame frame, PartitionId partition, out PartitionBlock found)
    {
        IReadOnlyList<PartitionBlock> blocks = frame.Facts.Blocks;
        for (int i = 0; i < blocks.Count; i++)
        {
            if (blocks[i].Partition == partition)
            {
                found = blocks[i];
                return true;
            }
        }

        found = default;
        return false;
    }
}
