using Millrace.Common.Model;
using Millrace.Worker.Core.Operators;
using Millrace.Worker.Core.Tasks;

namespace Millrace.Worker.Run;

/// <summary>What a run loop can be told besides blocks; goes before any blocks that wait.</summary>
internal abstract record RunCommand;

/// <summary>The task belongs to this loop from now on; its state is being loaded.</summary>
/// <param name="GrantedAt">When the grant arrived, on this process's monotonic clock.</param>
internal sealed record PlaceTask(TaskGrant Grant, TimeSpan GrantedAt) : RunCommand;

internal sealed record LoadTask(TaskMachine Machine) : RunCommand;

internal sealed record RemoveTask(TaskId Task, Epoch Epoch) : RunCommand;

/// <summary>Subscribe to the task's blocks from where it is.</summary>
internal sealed record AttachTask(TaskId Task, Epoch Epoch) : RunCommand;

/// <summary>The warm copy is the owner from now on.</summary>
/// <param name="At">When it was told so, on this process's monotonic clock.</param>
/// <param name="Committed">The last commit, by whomever.</param>
internal sealed record PromoteWarm(TaskId Task, Epoch Epoch, TimeSpan At, RestorePoint Committed) : RunCommand;

/// <summary>No task takes blocks until it is attached again.</summary>
internal sealed record DetachAll : RunCommand;

/// <summary>Say when everything below this offset is applied.</summary>
internal sealed record WatchEnd(TaskId Task, Epoch Epoch, ulong EndOffset) : RunCommand;

/// <summary>More verdicts on the task's events.</summary>
internal sealed record TakeVerdicts(TaskId Task, Epoch Epoch, VerdictList Verdicts) : RunCommand;

/// <summary>What the task may apply.</summary>
internal sealed record TakeLeave(TaskId Task, Epoch Epoch, Allowance Leave) : RunCommand;

/// <summary>Take a checkpoint at the next frame's end.</summary>
/// <param name="Again">Also when nothing is new since the last commit.</param>
internal sealed record BeginCheckpoint(TaskId Task, Epoch Epoch, bool Again = false) : RunCommand;

/// <param name="CommittedOffset">Next offset of the commit; null: it came to nothing.</param>
internal sealed record EndCheckpoint(TaskId Task, Epoch Epoch, ulong? CommittedOffset) : RunCommand;

/// <summary>Report the tasks that have moved since the last time.</summary>
internal sealed record ReportProgress : RunCommand;

/// <summary>Look again whether blocks may be taken.</summary>
internal sealed record LookAgain : RunCommand;

/// <summary>A question to one task.</summary>
/// <param name="MinPosition">Answer only once everything up to here is applied.</param>
/// <param name="Deadline">On this process's monotonic clock.</param>
internal sealed record AskTask(
    ulong QuestionId,
    TaskId Task,
    Epoch Epoch,
    ulong MinPosition,
    Question Question,
    TimeSpan Deadline,
    IAnswerSink Sink) : RunCommand;
