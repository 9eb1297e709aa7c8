using Millrace.Common.Files;
using Millrace.Common.Model;
using Millrace.Coordinator.Loop;

namespace Millrace.Coordinator.Storage;

/// <summary>Reads one stored snapshot. Its receiver checks the content against the hash in its name.</summary>
internal sealed class SnapshotReader : ISnapshotReader
{
    private readonly RawFile _file;
    private long _at = SnapshotHeader.Length;

    private SnapshotReader(RawFile file, SnapshotHead head)
    {
        _file = file;
        Head = head;
    }

    public SnapshotHead Head { get; }

    /// <exception cref="FileFailure">The file cannot be read.</exception>
    /// <exception cref="RefusalException">CHECKPOINT_CORRUPT: the file is not what its name says.</exception>
    public static SnapshotReader Open(string path, SnapshotName name)
    {
        RawFile file = RawFile.OpenToRead(path);
        try
        {
            byte[] header = new byte[SnapshotHeader.Length];
            int count = file.ReadAt(0, header);
            SnapshotHead? head = SnapshotHeader.Decode(header.AsSpan(0, count), name, file.Length);
            return head is null ? throw new RefusalException(Corrupt(name)) : new SnapshotReader(file, head);
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    /// <summary>The one that the file's snapshot is on top of; null: it is whole, or the file is damaged.</summary>
    /// <exception cref="FileFailure">The file cannot be read.</exception>
    public static SnapshotName? BaseOf(string path, SnapshotName name)
    {
        try
        {
            using SnapshotReader reader = Open(path, name);
            return reader.Head.Base;
        }
        catch (Exception error) when (error is RefusalException or FileFailure { IsUnreadable: true })
        {
            return null;
        }
    }

    public int Read(Span<byte> buffer)
    {
        try
        {
            int count = _file.ReadAt(_at, buffer);
            _at += count;
            return count;
        }
        catch (FileFailure failure)
        {
            throw SnapshotStore.Down(failure);
        }
    }

    public void Dispose() => _file.Dispose();

    private static Refusal Corrupt(SnapshotName name) =>
        new(RefusalKind.DataLoss, "CHECKPOINT_CORRUPT", $"The file of snapshot {name} is damaged.")
        {
            Metadata = new Dictionary<string, string> { ["snapshot"] = name.ToString() },
        };
}
