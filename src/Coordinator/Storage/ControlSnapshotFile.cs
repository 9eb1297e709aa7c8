using System.Buffers.Binary;
using System.Globalization;
using Millrace.Common.Files;

namespace Millrace.Coordinator.Storage;

/// <summary>
/// The two newest control snapshots, one file each. Two, because a damaged one must never mean an empty cluster: the
/// start then falls back to the older one and replays more. The journal is therefore kept from the older one's
/// position on.
/// </summary>
internal sealed class ControlSnapshotFile
{
    private const string Kind = "control-snapshot";
    private const int Version = 1;
    private const int HeadBytes = 16;
    private const int Kept = 2;
    private const string Extension = ".snapshot";
    private const string DamagedExtension = ".damaged";

    private readonly string _directory;
    private readonly Lock _lock = new();

    /// <param name="directory">Is created, durably, when it is not there. Nobody else writes to it.</param>
    /// <exception cref="FileFailure">It could not be created or cleaned.</exception>
    public ControlSnapshotFile(string directory)
    {
        _directory = Path.GetFullPath(directory);
        DirectorySync.Create(_directory);
        AtomicFile.DeleteLeftovers(_directory);
    }

    /// <summary>Position of the older of the two, from which on the journal is needed; 0 while there are
    /// fewer.</summary>
    public ulong OldestPosition
    {
        get
        {
            string[] paths = Paths();
            return paths.Length < Kept ? 0 : PositionOf(paths[Kept - 1]);
        }
    }

    /// <summary>0: there is none.</summary>
    public ulong NewestPosition => Paths() is [var newest, ..] ? PositionOf(newest) : 0;

    /// <summary>Newest first.</summary>
    public IReadOnlyList<ulong> Positions() => [.. Paths().Select(PositionOf)];

    /// <summary>Reads one from the disk itself. A damaged one is set aside if there is another.</summary>
    /// <returns>Its size, and file and what is wrong with it; null: nothing, or it is gone.</returns>
    /// <exception cref="FileFailure">It could not be read, and that says nothing about the disk.</exception>
    public (long Bytes, string? Damage) Check(ulong position)
    {
        string path = PathOf(position);
        (long Bytes, string? Damage) seen = Look(path);
        if (seen.Damage is null)
        {
            return seen;
        }

        // Once more with nobody writing or deleting: only then it is believed, and nobody waits for what is whole.
        lock (_lock)
        {
            seen = Look(path);
            if (seen.Damage is not null && Paths().Length > 1)
            {
                SetAside([path]);
            }

            return seen;
        }
    }

    /// <summary>Writes a snapshot and deletes all but the two newest.</summary>
    /// <param name="durableEnd">The journal's: a snapshot above it would outlive the frames that it was made
    /// from.</param>
    /// <exception cref="FileFailure">It is not durable; the ones before it are still there.</exception>
    public void Write(StoredControlSnapshot snapshot, ulong durableEnd)
    {
        if (snapshot.Position > durableEnd)
        {
            throw new ArgumentException(
                $"A control snapshot of position {snapshot.Position} must wait: "
                + $"the journal is durable up to {durableEnd}.",
                nameof(snapshot));
        }

        byte[] payload = new byte[HeadBytes + snapshot.Bytes.Length];
        BinaryPrimitives.WriteUInt64LittleEndian(payload, snapshot.Position);
        BinaryPrimitives.WriteUInt64LittleEndian(payload.AsSpan(8), snapshot.Incarnation);
        snapshot.Bytes.Span.CopyTo(payload.AsSpan(HeadBytes));
        lock (_lock)
        {
            CheckedFile.Write(PathOf(snapshot.Position), Kind, Version, payload);
            foreach (string old in Paths().Skip(Kept))
            {
                DirectorySync.Delete(old);
            }
        }
    }

    /// <summary>The newest snapshot that is whole; null only when there has never been one.</summary>
    /// <param name="damaged">Called for each newer one that had to be passed over, with the reason.</param>
    /// <exception cref="FileDamagedException">There are snapshots, and none is whole.</exception>
    /// <exception cref="FileFailure">One could not be read.</exception>
    public StoredControlSnapshot? Load(Action<string> damaged)
    {
        List<FileDamagedException> passedOver = [];
        foreach (string path in Paths())
        {
            try
            {
                StoredControlSnapshot snapshot = Read(path);
                SetAside([.. passedOver.Select(one => one.Path)]);
                return snapshot;
            }
            catch (FileDamagedException failure)
            {
                passedOver.Add(failure);
                damaged(failure.Message);
            }
        }

        return passedOver.Count == 0 ? null : throw passedOver[0];
    }

    private static (long Bytes, string? Damage) Look(string path)
    {
        try
        {
            using RawFile file = RawFile.OpenToRead(path);
            file.ForgetCached();
            Read(path);
            return (file.Length, null);
        }
        catch (Exception error) when (error is FileDamagedException or FileFailure { IsUnreadable: true })
        {
            return (0, error.Message);
        }
        catch (FileFailure failure) when (failure.IsNotFound)
        {
            return (0, null);
        }
    }

    private static StoredControlSnapshot Read(string path)
    {
        byte[]? payload = CheckedFile.Read(path, Kind, Version);
        if (payload is null || payload.Length < HeadBytes
            || BinaryPrimitives.ReadUInt64LittleEndian(payload) != PositionOf(path))
        {
            throw new FileDamagedException(path, "its name does not say what is in it");
        }

        return new StoredControlSnapshot(
            PositionOf(path),
            BinaryPrimitives.ReadUInt64LittleEndian(payload.AsSpan(8)),
            payload.AsMemory(HeadBytes));
    }

    /// <summary>A damaged one must not count as one of the two. Kept for people; done only when another was whole,
    /// for with none left the next start would see an empty cluster.</summary>
    private void SetAside(IReadOnlyList<string> damaged)
    {
        foreach (string path in damaged)
        {
            DirectorySync.Rename(path, path + DamagedExtension);
        }

        if (damaged.Count > 0)
        {
            DirectorySync.Sync(_directory);
        }
    }

    /// <summary>Newest first.</summary>
    private string[] Paths() =>
        [.. Directory.EnumerateFiles(_directory, "*" + Extension).OrderByDescending(PositionOf)];

    private string PathOf(ulong position) =>
        Path.Combine(_directory, position.ToString("D20", CultureInfo.InvariantCulture) + Extension);

    private static ulong PositionOf(string path) =>
        ulong.TryParse(
            Path.GetFileNameWithoutExtension(path), NumberStyles.None, CultureInfo.InvariantCulture, out ulong position)
            ? position
            : throw new FileDamagedException(path, "its name is not a position");
}
