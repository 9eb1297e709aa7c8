using Millrace.Common.Files;
using Millrace.Common.Keys;
using Millrace.Common.Model;
using Millrace.Coordinator.Loop;

namespace Millrace.Coordinator.Storage;

/// <summary>Receives one snapshot's content, hashing it on the way, and stores it whole or not at all.</summary>
internal sealed class SnapshotWriter : ISnapshotWriter
{
    private readonly SnapshotStore _store;
    private readonly SnapshotHead _head;
    private readonly AtomicFile? _file;
    private XxHash64Sum _hash = new();

    /// <param name="file">Null: it is stored already; the content is checked and dropped.</param>
    public SnapshotWriter(SnapshotStore store, SnapshotHead head, AtomicFile? file)
    {
        _store = store;
        _head = head;
        _file = file;
        SnapshotStore.Guard(() => _file?.Append(SnapshotHeader.Encode(head)));
    }

    public void Append(ReadOnlySpan<byte> bytes)
    {
        if (_hash.Length + bytes.Length > _head.SizeBytes)
        {
            throw new RefusalException(Mismatch($"has more than the announced {_head.SizeBytes} bytes"));
        }

        _hash.Append(bytes);
        try
        {
            _file?.Append(bytes);
        }
        catch (FileFailure failure)
        {
            throw SnapshotStore.Down(failure);
        }
    }

    public void Commit()
    {
        if (_hash.Length != _head.SizeBytes)
        {
            throw new RefusalException(Mismatch($"has {_hash.Length} bytes, {_head.SizeBytes} were announced"));
        }

        if (_hash.Value != _head.Name.ContentHash)
        {
            throw new RefusalException(Mismatch($"has the hash {_hash.Value:x16}, not the one in its name"));
        }

        if (_file is not null)
        {
            SnapshotStore.Guard(() => _store.Commit(_head, _file));
        }
    }

    public void Dispose() => _file?.Dispose();

    private Refusal Mismatch(string detail) =>
        new(RefusalKind.InvalidArgument, "SNAPSHOT_MISMATCH", $"The content of snapshot {_head.Name} {detail}.")
        {
            Metadata = new Dictionary<string, string> { ["snapshot"] = _head.Name.ToString() },
        };
}
