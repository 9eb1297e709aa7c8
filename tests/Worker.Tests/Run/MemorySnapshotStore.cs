using System.Collections.Concurrent;
using Millrace.Common.Model;
using Millrace.Worker.Core.State;
using Millrace.Worker.Run;

namespace Millrace.Worker.Tests.Run;

internal sealed class MemorySnapshotStore : ISnapshotStore
{
    public ConcurrentDictionary<SnapshotName, byte[]> Stored { get; } = new();

    /// <summary>What the next calls fail with; null: they succeed.</summary>
    public Exception? Failure { get; set; }

    public Task PutAsync(
        SnapshotName name,
        SnapshotName? since,
        ulong nextOffset,
        SnapshotBytes content,
        CancellationToken cancellation)
    {
        if (Failure is not null)
        {
            throw Failure;
        }

        Stored[name] = [.. Enumerable.Range(0, content.ChunkCount).SelectMany(i => content.Chunk(i).ToArray())];
        return Task.CompletedTask;
    }

    public Task<SnapshotBytes> GetAsync(SnapshotName name, CancellationToken cancellation)
    {
        if (Failure is not null)
        {
            throw Failure;
        }

        var content = new SnapshotBytes();
        content.Append(Stored[name]);
        return Task.FromResult(content);
    }
}
