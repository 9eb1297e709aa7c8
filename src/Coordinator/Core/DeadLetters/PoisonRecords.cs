using Millrace.Common.Model;

namespace Millrace.Coordinator.Core.DeadLetters;

/// <summary>A verdict on an event that a task cannot apply: the task passes over it, whoever runs it and however often
/// it comes there.</summary>
/// <param name="Letter">What is kept of it; null: it is skipped.</param>
/// <param name="ParkKey">Later events of its key are not to be applied either.</param>
internal sealed record EventJudged(
    JobId Job,
    TaskId Task,
    Epoch Epoch,
    ulong Offset,
    DeadLetter? Letter,
    bool ParkKey,
    long UnixMs) : ControlRecord;

/// <summary>A task stands still at an event that it cannot apply, because its job's rule says so or because there is no
/// room for another dead letter.</summary>
/// <param name="TookProcessDown">It must not even be tried: worker after worker has ended of it.</param>
internal sealed record TaskStopped(
    JobId Job,
    TaskId Task,
    Epoch Epoch,
    ulong Offset,
    string Reason,
    bool IsFull,
    long UnixMs,
    bool TookProcessDown = false) : ControlRecord;

/// <summary>From now on bad events of the job are treated so; tasks that stand still are judged anew.</summary>
internal sealed record BadEventRuleChanged(JobId Job, string Name, BadEventRule Rule, Request? Request, long UnixMs)
    : ControlRecord;

/// <summary>Events of a key are applied again.</summary>
/// <param name="From">For each task that held it the offset from which on.</param>
internal sealed record KeyReleased(
    JobId Job,
    string Name,
    byte[] Key,
    IReadOnlyList<ReleaseOffset> From,
    Request? Request,
    long UnixMs) : ControlRecord;

internal sealed record ReleaseOffset(TaskId Task, ulong Offset);

/// <summary>A dead letter is not kept any more.</summary>
internal sealed record DeadLetterClosed(ulong Letter, DeadLetterEnd End, Request? Request, long UnixMs) : ControlRecord;
