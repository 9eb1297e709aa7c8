using Millrace.Common.Model;
using Millrace.Worker.Core.Tasks;
using Millrace.Worker.Core.Verdicts;

namespace Millrace.Worker.Core;

/// <summary>Everything that the worker's machine can be told.</summary>
internal abstract record WorkerInput;

/// <summary>Time has passed. About every 50 ms.</summary>
internal sealed record Tick : WorkerInput;

/// <summary>The coordinator has welcomed this worker. A newer session replaces an older one.</summary>
internal sealed record SessionOpened(ulong Session, TimeSpan CheckpointInterval) : WorkerInput;

internal sealed record SessionLost(ulong Session) : WorkerInput;

/// <summary>The data stream ended while the session goes on, and a new one is open: nothing is subscribed on
/// it.</summary>
internal sealed record DataStreamReset : WorkerInput;

/// <summary>A data stream has ended; nothing more comes from it.</summary>
/// <param name="ReceivedPosition">The highest journal position of what came on it; 0: nothing did.</param>
internal sealed record DataStreamEnded(ulong ReceivedPosition) : WorkerInput;

internal sealed record Assigned(TaskGrant Grant) : WorkerInput;

internal sealed record Revoked(TaskId Task, Epoch Epoch, string Reason) : WorkerInput;

internal sealed record WasFenced(TaskId Task, Epoch Epoch, string Reason) : WorkerInput;

/// <summary>The task's partition is sealed: no event comes at this offset or above.</summary>
internal sealed record Ending(TaskId Task, Epoch Epoch, ulong EndOffset) : WorkerInput;

/// <summary>The task has applied everything up to its partition's end.</summary>
internal sealed record EndReached(TaskId Task, Epoch Epoch) : WorkerInput;

/// <param name="Reason">A stable UPPER_SNAKE word; empty when accepted.</param>
internal sealed record CommitAnswered(ulong CommitId, TaskId Task, Epoch Epoch, bool Accepted, string Reason)
    : WorkerInput;

internal sealed record LeaseEnded : WorkerInput;

internal sealed record LeaseRenewed : WorkerInput;

/// <summary>The task's state is loaded and its run loop has it.</summary>
internal sealed record Restored(TaskId Task, Epoch Epoch) : WorkerInput;

internal sealed record RestoreFailed(TaskId Task, Epoch Epoch) : WorkerInput;

/// <summary>A task's blocks do not join on to what it has applied.</summary>
internal sealed record GapFound(TaskId Task, Epoch Epoch) : WorkerInput;

/// <summary>A task stands still at an event until there is a verdict on it.</summary>
internal sealed record PoisonFound(TaskId Task, Epoch Epoch, PoisonedEvent Event) : WorkerInput;

/// <summary>The coordinator says what is to become of events, and which keys are parked now.</summary>
internal sealed record VerdictsGiven(TaskId Task, Epoch Epoch, VerdictList Verdicts) : WorkerInput;

/// <summary>A task that is careful needs leave, or is through with what it had leave for.</summary>
internal sealed record TrialFound(TaskId Task, Epoch Epoch, Trial Trial) : WorkerInput;

/// <summary>The coordinator says what the task may apply.</summary>
internal sealed record LeaveGiven(TaskId Task, Epoch Epoch, Allowance Leave) : WorkerInput;

/// <summary>A task's state must not be used any more.</summary>
internal sealed record TaskDamaged(TaskId Task, Epoch Epoch) : WorkerInput;

internal sealed record SnapshotStored(Checkpoint Checkpoint) : WorkerInput;

/// <summary>What is stored of the task's last commit is damaged: another snapshot is wanted.</summary>
internal sealed record SnapshotAsked(TaskId Task, Epoch Epoch) : WorkerInput;

/// <summary>Nothing to commit, or the snapshot could not be stored.</summary>
internal sealed record CheckpointFailed(TaskId Task, Epoch Epoch) : WorkerInput;

/// <summary>How far tasks have come, from the loops that run them.</summary>
internal sealed record Progressed(IReadOnlyList<TaskStanding> Tasks) : WorkerInput;

/// <summary>Finish and leave: an operator's wish, or the coordinator's.</summary>
internal sealed record DrainAsked(string Reason) : WorkerInput;
