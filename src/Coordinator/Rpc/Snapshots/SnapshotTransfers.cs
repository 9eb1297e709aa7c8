using Google.Protobuf;
using Grpc.Core;
using Millrace.Common.Model;
using Millrace.Coordinator.Loop;
using Proto = Millrace.Protocol.Worker.V1;

namespace Millrace.Coordinator.Rpc.Snapshots;

/// <summary>Snapshots on their way between workers and the store.</summary>
internal sealed class SnapshotTransfers(ISnapshotStore store)
{
    private const int ChunkBytes = 256 << 10;

    /// <summary>Syncs of snapshots go to the same disk as the journal's: a few at a time, the others wait.</summary>
    private const int MaxSyncs = 2;

    private readonly SemaphoreSlim _syncs = new(MaxSyncs);

    /// <summary>Stores one snapshot and returns when it is durable.</summary>
    /// <exception cref="RefusalException">It is not what its manifest says, or the store does not take it.</exception>
    public async Task<Proto.PutSnapshotResponse> PutAsync(
        IAsyncStreamReader<Proto.PutSnapshotRequest> requests, CancellationToken cancellation)
    {
        if (!await requests.MoveNext(cancellation)
            || requests.Current.MessageCase != Proto.PutSnapshotRequest.MessageOneofCase.Manifest)
        {
            throw new RefusalException(Refusal.BadField("message", "A snapshot begins with its manifest."));
        }

        SnapshotHead head = HeadOf(requests.Current.Manifest);
        using ISnapshotWriter writer = store.Create(head);
        while (await requests.MoveNext(cancellation))
        {
            if (requests.Current.MessageCase != Proto.PutSnapshotRequest.MessageOneofCase.Chunk)
            {
                throw new RefusalException(Refusal.BadField("message", "Only chunks may follow a manifest."));
            }

            writer.Append(requests.Current.Chunk.Span);
        }

        await _syncs.WaitAsync(cancellation);
        try
        {
            writer.Commit();
        }
        finally
        {
            _syncs.Release();
        }

        return new Proto.PutSnapshotResponse { SnapshotId = head.Name.ToString() };
    }

    /// <exception cref="RefusalException">SNAPSHOT_MISSING: there is none of this name.</exception>
    public async Task GetAsync(
        Proto.GetSnapshotRequest request,
        IServerStreamWriter<Proto.GetSnapshotResponse> responses,
        CancellationToken cancellation)
    {
        SnapshotName name = NameOf(request.SnapshotId, "snapshot_id");
        using ISnapshotReader? reader = store.Open(name);
        if (reader is null)
        {
            throw new RefusalException(
                new Refusal(RefusalKind.NotFound, "SNAPSHOT_MISSING", $"There is no snapshot {name}.")
                {
                    Metadata = new Dictionary<string, string> { ["snapshot"] = name.ToString() },
                });
        }

        await responses.WriteAsync(new() { Manifest = ManifestOf(reader.Head) }, cancellation);
        byte[] buffer = new byte[Math.Min(ChunkBytes, Math.Max(1, reader.Head.SizeBytes))];
        for (int count = reader.Read(buffer); count > 0; count = reader.Read(buffer))
        {
            // Written out before the call returns, so the buffer may be used again.
            ByteString chunk = UnsafeByteOperations.UnsafeWrap(buffer.AsMemory(0, count));
            await responses.WriteAsync(new() { Chunk = chunk }, cancellation);
        }
    }

    private static SnapshotHead HeadOf(Proto.SnapshotManifest manifest)
    {
        SnapshotName name = NameOf(manifest.SnapshotId, "manifest.snapshot_id");
        var said = new SnapshotName(
            new TaskId(manifest.TaskId), new Epoch(manifest.Epoch), manifest.Position, manifest.ContentHash);
        if (said != name || manifest.FormatVersion == 0)
        {
            throw new RefusalException(Refusal.BadField(
                "manifest",
                $"The manifest of snapshot {name} does not agree with its name, or has no format version."));
        }

        return new SnapshotHead(
            name,
            manifest.NextOffset,
            (long)Math.Min(manifest.SizeBytes, long.MaxValue),
            manifest.FormatVersion,
            manifest.BaseSnapshotId.Length == 0 ? null : BaseOf(manifest.BaseSnapshotId, name));
    }

    private static SnapshotName BaseOf(string id, SnapshotName name)
    {
        const string field = "manifest.base_snapshot_id";
        SnapshotName since = NameOf(id, field);
        return since.Task == name.Task && since.Epoch == name.Epoch && since.Position < name.Position
            ? since
            : throw new RefusalException(Refusal.BadField(
                field, $"{field} of {name} must be of the same task and epoch, and of a lower position."));
    }

    private static SnapshotName NameOf(string id, string field) =>
        SnapshotName.TryParse(id, out SnapshotName name)
            ? name
            : throw new RefusalException(Refusal.BadField(
                field, $"{field} is not a snapshot's name: it looks like t7-e12-p4096-00c0ffee00c0ffee.", "BAD_NAME"));

    private static Proto.SnapshotManifest ManifestOf(SnapshotHead head) => new()
    {
        SnapshotId = head.Name.ToString(),
        TaskId = head.Name.Task.Value,
        Epoch = head.Name.Epoch.Value,
        Position = head.Name.Position,
        ContentHash = head.Name.ContentHash,
        NextOffset = head.NextOffset,
        SizeBytes = (ulong)head.SizeBytes,
        FormatVersion = head.FormatVersion,
        BaseSnapshotId = head.Base?.ToString() ?? "",
    };
}
