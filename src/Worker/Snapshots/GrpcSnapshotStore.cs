using Google.Protobuf;
using Grpc.Core;
using Millrace.Common.Model;
using Millrace.Protocol.Worker.V1;
using Millrace.Worker.Core.State;
using Millrace.Worker.Run;

namespace Millrace.Worker.Snapshots;

/// <summary>Keeps snapshots at the coordinator.</summary>
internal sealed class GrpcSnapshotStore(IBulkCalls calls) : ISnapshotStore
{
    public async Task PutAsync(
        SnapshotName name,
        SnapshotName? since,
        ulong nextOffset,
        SnapshotBytes content,
        CancellationToken cancellation)
    {
        try
        {
            SnapshotManifest manifest = ManifestOf(name, since, nextOffset, content);
            await UploadAsync(manifest, content, cancellation).ConfigureAwait(false);
        }
        catch (RpcException error) when (!cancellation.IsCancellationRequested)
        {
            throw Explain(error);
        }
    }

    public async Task<SnapshotBytes> GetAsync(SnapshotName name, CancellationToken cancellation)
    {
        try
        {
            return await DownloadAsync(name, cancellation).ConfigureAwait(false);
        }
        catch (RpcException error) when (!cancellation.IsCancellationRequested)
        {
            throw Explain(error);
        }
    }

    /// <summary>A connection that breaks is part of life; a refusal is not.</summary>
    private static Exception Explain(RpcException error) =>
        error.StatusCode is StatusCode.Unavailable or StatusCode.Cancelled or StatusCode.Internal
            ? new StoreUnavailableException($"{error.StatusCode}: {error.Status.Detail}")
            : new IOException($"{error.StatusCode}: {error.Status.Detail}", error);

    private static SnapshotManifest ManifestOf(
        SnapshotName name, SnapshotName? since, ulong nextOffset, SnapshotBytes content) => new()
        {
            SnapshotId = name.ToString(),
            TaskId = name.Task.Value,
            Epoch = name.Epoch.Value,
            Position = name.Position,
            NextOffset = nextOffset,
            SizeBytes = (ulong)content.Length,
            ContentHash = name.ContentHash,
            FormatVersion = SnapshotCodec.VersionOf(since is not null),
            BaseSnapshotId = since?.ToString() ?? "",
        };

    private async Task UploadAsync(
        SnapshotManifest manifest, SnapshotBytes content, CancellationToken cancellation)
    {
        using AsyncClientStreamingCall<PutSnapshotRequest, PutSnapshotResponse> call =
            Calls().PutSnapshot(cancellationToken: cancellation);
        try
        {
            await call.RequestStream.WriteAsync(new() { Manifest = manifest }, cancellation).ConfigureAwait(false);
            for (int i = 0; i < content.ChunkCount; i++)
            {
                // Written out before the call returns, and the caller keeps the content until then.
                ByteString chunk = UnsafeByteOperations.UnsafeWrap(content.Chunk(i));
                await call.RequestStream.WriteAsync(new() { Chunk = chunk }, cancellation).ConfigureAwait(false);
            }

            await call.RequestStream.CompleteAsync().ConfigureAwait(false);
        }
        catch (Exception error) when (error is InvalidOperationException or RpcException)
        {
            // The call is over already; its status says why, better than the failed write does.
        }

        await call.ResponseAsync.WaitAsync(cancellation).ConfigureAwait(false);
    }

    private async Task<SnapshotBytes> DownloadAsync(SnapshotName name, CancellationToken cancellation)
    {
        using AsyncServerStreamingCall<GetSnapshotResponse> call = Calls().GetSnapshot(
            new GetSnapshotRequest { SnapshotId = name.ToString() }, cancellationToken: cancellation);
        var content = new SnapshotBytes();
        try
        {
            await foreach (GetSnapshotResponse part in call.ResponseStream.ReadAllAsync(cancellation)
                .ConfigureAwait(false))
            {
                if (part.MessageCase == GetSnapshotResponse.MessageOneofCase.Chunk)
                {
                    content.Append(part.Chunk.Span);
                }
            }

            if (content.Hash() != name.ContentHash)
            {
                throw new SnapshotDamagedException($"the content that came for {name} has another hash");
            }

            return content;
        }
        catch
        {
            content.Dispose();
            throw;
        }
    }

    private WorkerProtocolService.WorkerProtocolServiceClient Calls() => calls.Bulk
        ?? throw new StoreUnavailableException("there is no connection to the coordinator now");
}
