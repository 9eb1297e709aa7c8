using Microsoft.Extensions.Logging;

namespace Millrace.Worker.Logs;

/// <summary>What run loops and checkpoints log.</summary>
internal static partial class RunLog
{
    [LoggerMessage(
        2100,
        LogLevel.Information,
        "Task {Task} ({Assignment}) taken under epoch {Epoch}, from position {Position}.")]
    public static partial void TaskTaken(
        this ILogger logger, ulong task, string assignment, ulong epoch, ulong position);

    [LoggerMessage(2113, LogLevel.Information, "Task {Task} taken over under epoch {Epoch} by its warm copy.")]
    public static partial void TaskTakenOver(this ILogger logger, ulong task, ulong epoch);

    [LoggerMessage(2101, LogLevel.Information, "Task {Task} given up under epoch {Epoch}.")]
    public static partial void TaskGivenUp(this ILogger logger, ulong task, ulong epoch);

    [LoggerMessage(
        2102,
        LogLevel.Information,
        "Task {Task} restored {Bytes} bytes in {Milliseconds} ms; it goes on at offset {NextOffset}.")]
    public static partial void TaskRestored(
        this ILogger logger, ulong task, long bytes, double milliseconds, ulong nextOffset);

    [LoggerMessage(
        2103, LogLevel.Error, "Task {Task} could not be restored from snapshot {Snapshot}; it is tried again.")]
    public static partial void RestoreFailed(this ILogger logger, Exception error, ulong task, string snapshot);

    [LoggerMessage(
        2140,
        LogLevel.Error,
        "Task {Task} cannot be restored from its newest snapshot {Snapshot}; it starts from the one before, {Older}.")]
    public static partial void RestoreFallsBack(
        this ILogger logger, Exception error, ulong task, string snapshot, string older);

    [LoggerMessage(
        2107, LogLevel.Information, "Task {Task} waits for snapshot {Snapshot}: {Why}")]
    public static partial void RestoreDelayed(this ILogger logger, ulong task, string snapshot, string why);

    [LoggerMessage(
        2104,
        LogLevel.Warning,
        "Task {Task} is at offset {NextOffset} and got a block from {FirstOffset}; it subscribes again.")]
    public static partial void GapFound(this ILogger logger, ulong task, ulong nextOffset, ulong firstOffset);

    [LoggerMessage(
        2105,
        LogLevel.Error,
        "A block of task {Task} from offset {FirstOffset} is damaged; the task starts over from its last commit.")]
    public static partial void BlockDamaged(this ILogger logger, ulong task, ulong firstOffset);

    [LoggerMessage(
        2106,
        LogLevel.Error,
        "Operator {Operator} of task {Task} failed near offset {NextOffset}; the task starts over from its commit.")]
    public static partial void OperatorFailed(
        this ILogger logger, Exception error, ulong task, string @operator, ulong nextOffset);

    [LoggerMessage(
        2108,
        LogLevel.Debug,
        "Task {Task} cannot apply the event at offset {Offset}, {Reason}; it waits for a verdict.")]
    public static partial void EventPoisoned(this ILogger logger, ulong task, ulong offset, string reason);

    [LoggerMessage(
        2110,
        LogLevel.Debug,
        "Snapshot {Snapshot} stored: {Bytes} bytes, {EncodeMs} ms to encode, {StoreMs} ms to store.")]
    public static partial void SnapshotStored(
        this ILogger logger, string snapshot, long bytes, double encodeMs, double storeMs);

    [LoggerMessage(
        EventId = 2111,
        Message = "The snapshot of task {Task} at position {Position} was not stored ({Why}); another will follow.")]
    public static partial void SnapshotNotStored(
        this ILogger logger, LogLevel level, ulong task, ulong position, string why);

    [LoggerMessage(2112, LogLevel.Warning, "A commit of task {Task} under epoch {Epoch} was refused: {Reason}.")]
    public static partial void CommitRefused(this ILogger logger, ulong task, ulong epoch, string reason);

    [LoggerMessage(
        2120, LogLevel.Warning, "The lease is over: {Tasks} tasks keep their state and wait until it is renewed.")]
    public static partial void LeaseOver(this ILogger logger, int tasks);

    [LoggerMessage(2121, LogLevel.Information, "The lease is renewed: {Tasks} tasks go on.")]
    public static partial void LeaseBack(this ILogger logger, int tasks);

    [LoggerMessage(2130, LogLevel.Critical, "A loop of the worker failed; the process ends.")]
    public static partial void LoopFailed(this ILogger logger, Exception error);
}
