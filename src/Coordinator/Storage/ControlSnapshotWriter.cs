using Microsoft.Extensions.Logging;
using Millrace.Common.Files;
using Millrace.Coordinator.Core.Recovery;
using Millrace.Coordinator.Logs;
using Millrace.Coordinator.Loop;

namespace Millrace.Coordinator.Storage;

/// <summary>Writes control snapshots one at a time on a pool thread. A failure only means that the next start replays
/// more: the snapshots before are still there.</summary>
internal sealed class ControlSnapshotWriter(ControlSnapshotFile file, ulong incarnation, ILogger log)
    : IControlSnapshots, IAsyncDisposable
{
    private ulong _olderPosition = file.OldestPosition;
    private ulong _newestPosition = file.NewestPosition;
    private Task _writing = Task.CompletedTask;

    public ulong OlderPosition => Volatile.Read(ref _olderPosition);

    public ulong NewestPosition => Volatile.Read(ref _newestPosition);

    /// <inheritdoc cref="ControlSnapshotFile.Positions"/>
    public IReadOnlyList<ulong> Positions() => file.Positions();

    /// <inheritdoc cref="ControlSnapshotFile.Check"/>
    public (long Bytes, string? Damage) Check(ulong position)
    {
        (long bytes, string? damage) = file.Check(position);
        if (damage is not null)
        {
            Volatile.Write(ref _olderPosition, file.OldestPosition);
        }

        return (bytes, damage);
    }

    /// <summary>Called on the loop.</summary>
    public bool TryWrite(ControlSnapshot snapshot)
    {
        if (!_writing.IsCompleted)
        {
            return false;
        }

        _writing = Task.Run(() => Write(snapshot));
        return true;
    }

    /// <summary>Waits for the last one. Only when the loop has ended.</summary>
    public async ValueTask DisposeAsync() => await _writing;

    private void Write(ControlSnapshot snapshot)
    {
        try
        {
            byte[] bytes = ControlSnapshotCodec.Encode(snapshot);
            file.Write(
                new StoredControlSnapshot(snapshot.Position, incarnation, bytes), durableEnd: snapshot.Position);
            Volatile.Write(ref _olderPosition, file.OldestPosition);
            Volatile.Write(ref _newestPosition, snapshot.Position);
            log.ControlSnapshotWritten(snapshot.Position, bytes.Length);
        }
        catch (FileFailure failure)
        {
            log.ControlSnapshotFailed(failure, snapshot.Position);
        }
    }
}
