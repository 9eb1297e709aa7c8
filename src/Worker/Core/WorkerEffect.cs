using Millrace.Common.Model;
using Millrace.Worker.Core.Tasks;
using Millrace.Worker.Core.Verdicts;

namespace Millrace.Worker.Core;

/// <summary>What the worker's control loop is to do, in the order given.</summary>
internal abstract record WorkerEffect;

/// <summary>Load the snapshot and hand the task to a run loop; answered by Restored or RestoreFailed.</summary>
internal sealed record StartRestore(TaskGrant Grant) : WorkerEffect;

/// <summary>Stop the task, or its restore, and drop its state.</summary>
internal sealed record DropTask(TaskId Task, Epoch Epoch) : WorkerEffect;

/// <summary>Ask for the task's blocks from where it has come to.</summary>
internal sealed record SubscribeTask(TaskId Task, Epoch Epoch) : WorkerEffect;

/// <summary>A warm copy is the owner from now on and goes on from where it is.</summary>
/// <param name="Committed">The last commit, by whomever.</param>
internal sealed record PromoteTask(TaskId Task, Epoch Epoch, RestorePoint Committed) : WorkerEffect;

internal sealed record UnsubscribeTask(TaskId Task, Epoch Epoch) : WorkerEffect;

/// <summary>The session is gone: blocks still on their way no longer count.</summary>
internal sealed record DetachTasks : WorkerEffect;

internal sealed record PauseTasks : WorkerEffect;

internal sealed record ResumeTasks : WorkerEffect;

/// <summary>Take and store a snapshot at the next frame's end; answered by SnapshotStored or
/// CheckpointFailed.</summary>
/// <param name="Again">Also when nothing is new since the last commit.</param>
internal sealed record CaptureTask(TaskId Task, Epoch Epoch, bool Again) : WorkerEffect;

/// <summary>Say when the task has applied everything below this offset; answered by EndReached.</summary>
internal sealed record WatchForEnd(TaskId Task, Epoch Epoch, ulong EndOffset) : WorkerEffect;

/// <summary>Tell the task what became of its checkpoint.</summary>
/// <param name="CommittedOffset">Next offset of the commit; null: it came to nothing.</param>
internal sealed record FinishCheckpoint(TaskId Task, Epoch Epoch, ulong? CommittedOffset) : WorkerEffect;

/// <summary>Hand verdicts to the task.</summary>
internal sealed record TellVerdicts(TaskId Task, Epoch Epoch, VerdictList Verdicts) : WorkerEffect;

/// <summary>What the task may apply.</summary>
internal sealed record TellLeave(TaskId Task, Epoch Epoch, Allowance Leave) : WorkerEffect;

/// <summary>Something to say on the control stream; lost if none is open.</summary>
internal abstract record SessionMessage : WorkerEffect;

internal sealed record SendCommit(ulong CommitId, Checkpoint Checkpoint) : SessionMessage;

/// <summary>Ask for a verdict; asked again until it comes.</summary>
internal sealed record SendPoison(TaskId Task, Epoch Epoch, PoisonedEvent Event) : SessionMessage;

/// <summary>Ask for leave to apply events; or say that all leave so far is used up.</summary>
internal sealed record SendTrial(TaskId Task, Epoch Epoch, Trial Trial) : SessionMessage;

internal sealed record SendRevokeDone(TaskId Task, Epoch Epoch) : SessionMessage;

internal sealed record SendProgress(IReadOnlyList<TaskStanding> Tasks) : SessionMessage;

internal sealed record SendGoodbye(string Reason) : SessionMessage;

/// <summary>Everything is handed back or given up: the process may end.</summary>
internal sealed record Leave : WorkerEffect;

/// <summary>A commit was refused; the loop logs it.</summary>
internal sealed record NoteCommitRefused(TaskId Task, Epoch Epoch, string Reason) : WorkerEffect;
