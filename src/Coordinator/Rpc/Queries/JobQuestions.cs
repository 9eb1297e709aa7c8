using Millrace.Common.Model;
using Millrace.Coordinator.Core;
using Millrace.Coordinator.Core.Jobs;
using Millrace.Coordinator.Loop;
using Proto = Millrace.Protocol.Worker.V1;

namespace Millrace.Coordinator.Rpc.Queries;

/// <summary>
/// Asks the owners of a job's tasks, again and again while tasks move, until every answer comes from an epoch that is
/// current after it came. An answer is true as of a journal position: that of the task, or, when the task had applied
/// all that there was of its partition, everything that was durable when it was asked.
/// </summary>
internal sealed class JobQuestions(IControlLoop loop, IJournal journal, AnswerStreams streams, TimeProvider time)
{
    /// <summary>The longest that a query waits for tasks that move or lag.</summary>
    public static readonly TimeSpan MaxWait = TimeSpan.FromSeconds(10);

    private const int MaxConcurrent = 256;
    private static readonly TimeSpan AnswerTimeout = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan FirstPause = TimeSpan.FromMilliseconds(10);
    private static readonly TimeSpan LongestPause = TimeSpan.FromMilliseconds(200);

    private readonly SemaphoreSlim _slots = new(MaxConcurrent);

    /// <param name="tasks">Which tasks to ask.</param>
    /// <param name="question">Makes the question; who is asked is filled in.</param>
    /// <exception cref="RefusalException">NO_SUCH_JOB, NO_READY_WORKERS or WAIT_TIMEOUT.</exception>
    public async Task<IReadOnlyList<TaskReply>> AskAsync(
        string job,
        Func<LocatedJob, IEnumerable<LocatedTask>> tasks,
        Func<Proto.AnswerResponse> question,
        ulong minPosition,
        CancellationToken cancellation)
    {
        using var deadline = new CancellationTokenSource(MaxWait, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellation, deadline.Token);
        Refusal problem = Late($"Job {job} did not answer");
        var round = new QuestionRound(question, minPosition);
        bool entered = false;
        try
        {
            await _slots.WaitAsync(either.Token);
            entered = true;
            for (TimeSpan pause = FirstPause; ; pause = Longer(pause))
            {
                ulong durable = journal.DurableEnd;
                LocatedJob located = await loop.AskAsync<LocatedJob>(
                    call => new LocateJob(call, job), either.Token);
                LocatedTask[] wanted = [.. tasks(located)];
                LocatedTask[] missing = round.KeepCurrent(wanted);
                if (missing.Length == 0)
                {
                    return [.. wanted.Select(task => round.ReplyOf(located, task))];
                }

                Refusal? failed = durable < minPosition
                    ? Late($"Position {minPosition} is above the durable end {durable}")
                    : await AskAllAsync(round, located, missing, durable, either.Token);
                if (failed is not null)
                {
                    problem = failed;
                    await Task.Delay(pause, time, either.Token);
                }
            }
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            throw new RefusalException(problem);
        }
        finally
        {
            if (entered)
            {
                _slots.Release();
            }
        }
    }

    private static TimeSpan Longer(TimeSpan pause) => pause * 2 < LongestPause ? pause * 2 : LongestPause;

    private static Refusal Late(string what) =>
        new(RefusalKind.DeadlineExceeded, "WAIT_TIMEOUT", $"{what} within {MaxWait.TotalSeconds:0} s; try again.");

    private async Task<Refusal?> AskAllAsync(
        QuestionRound round, LocatedJob job, LocatedTask[] missing, ulong durable, CancellationToken cancellation)
    {
        Refusal?[] problems = await Task.WhenAll(
            missing.Select(task => AskOneAsync(round, job, task, durable, cancellation)));
        return problems.FirstOrDefault(problem => problem?.Reason == "NO_READY_WORKERS")
            ?? problems.FirstOrDefault(problem => problem is not null);
    }

    /// <summary>Null: there is a reply.</summary>
    private async Task<Refusal?> AskOneAsync(
        QuestionRound round, LocatedJob job, LocatedTask task, ulong durable, CancellationToken cancellation)
    {
        string name = ResourceNames.Assignment(job.Name, job.Stage, task.Index);
        if (task.Session == 0)
        {
            return task.Worker.Length > 0
                ? Late($"{name} is on worker {task.Worker}, which is not connected now; it did not come back")
                : new Refusal(
                    RefusalKind.FailedPrecondition,
                    "NO_READY_WORKERS",
                    $"No worker owns {name}; start a worker that runs {job.Operator}.")
                {
                    Metadata = new Dictionary<string, string> { ["assignment"] = name },
                };
        }

        using var timeout = new CancellationTokenSource(AnswerTimeout, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellation, timeout.Token);
        try
        {
            Proto.TaskAnswer? answer = await streams.AskAsync(
                task.Session, round.QuestionFor(task), either.Token);
            return round.Take(task, answer, durable)
                ? null
                : Late($"{name} on worker {task.Worker} had no answer ({WhyNot(answer)}); it got none");
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            return Late($"{name} on worker {task.Worker} did not answer");
        }
    }

    private static string WhyNot(Proto.TaskAnswer? answer) =>
        answer is null ? "no answer stream" : answer.Error.Length > 0 ? answer.Error : "not that far yet";
}
