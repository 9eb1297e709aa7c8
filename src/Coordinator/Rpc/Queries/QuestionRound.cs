using System.Collections.Concurrent;
using Millrace.Common.Failpoints;
using Millrace.Common.Model;
using Millrace.Coordinator.Core.Jobs;
using Proto = Millrace.Protocol.Worker.V1;

namespace Millrace.Coordinator.Rpc.Queries;

/// <summary>The answers to one query that have come so far.</summary>
internal sealed class QuestionRound(Func<Proto.AnswerResponse> question, ulong minPosition)
{
    private readonly ConcurrentDictionary<TaskId, Kept> _kept = new();

    /// <summary>Drops answers of epochs that are no longer current; returns the tasks that have to be asked.</summary>
    public LocatedTask[] KeepCurrent(IReadOnlyList<LocatedTask> wanted)
    {
        var missing = new List<LocatedTask>();
        foreach (LocatedTask task in wanted)
        {
            if (!_kept.TryGetValue(task.Task, out Kept? kept) || kept.Epoch != task.Epoch)
            {
                _kept.TryRemove(task.Task, out _);
                missing.Add(task);
            }
        }

        return [.. missing];
    }

    public Proto.AnswerResponse QuestionFor(LocatedTask task)
    {
        Proto.AnswerResponse asked = question();
        asked.TaskId = task.Task.Value;
        asked.Epoch = task.Epoch.Value;
        asked.MinPosition = RequiredOf(task);
        return asked;
    }

    /// <summary>Keeps an answer; false when it is none.</summary>
    /// <param name="durable">Durable end before the task was located: its LastDataEnd covers everything below.</param>
    public bool Take(LocatedTask task, Proto.TaskAnswer? answer, ulong durable)
    {
        if (answer is null
            || answer.Error.Length > 0
            || answer.TaskId != task.Task.Value
            || answer.Epoch != task.Epoch.Value)
        {
            return false;
        }

        // What came after the seal is somebody else's, however far this task has looked.
        ulong seen = task.SealedAt > 0 ? Math.Min(answer.Position, task.SealedAt) : answer.Position;
        if (seen < RequiredOf(task))
        {
            return false;
        }

        bool hasAll = seen >= task.LastDataEnd || Mutants.Is(Mutant.AnswersClaimToBeFresh);
        ulong position = hasAll ? Math.Max(seen, durable) : seen;
        _kept[task.Task] = new Kept(task.Epoch, answer, position);
        return true;
    }

    public TaskReply ReplyOf(LocatedJob job, LocatedTask task)
    {
        Kept kept = _kept[task.Task];
        return new TaskReply(
            ResourceNames.Assignment(job.Name, job.Stage, task.Index), kept.Position, kept.Answer);
    }

    /// <summary>What the task itself must have come to: events of its partition that are not there need not be waited
    /// for. Above the position asked for there may be events of it, but then it comes past that position with
    /// them.</summary>
    private ulong RequiredOf(LocatedTask task) => Math.Min(minPosition, task.LastDataEnd);

    private sealed record Kept(Epoch Epoch, Proto.TaskAnswer Answer, ulong Position);
}

/// <summary>One task's answer.</summary>
/// <param name="Assignment">The task, by its resource name.</param>
/// <param name="Position">The answer is true as of this journal position.</param>
internal sealed record TaskReply(string Assignment, ulong Position, Proto.TaskAnswer Answer);
