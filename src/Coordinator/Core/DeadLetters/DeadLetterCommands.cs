using Millrace.Common.Keys;
using Millrace.Common.Model;
using Millrace.Coordinator.Core.Jobs;
using Millrace.Coordinator.Core.Operations;
using Millrace.Coordinator.Core.Placement;
using Millrace.Coordinator.Core.Requests;
using Millrace.Coordinator.Core.Topics;

namespace Millrace.Coordinator.Core.DeadLetters;

/// <summary>What operators do about events that could not be applied.</summary>
internal sealed class DeadLetterCommands(Turn turn, PoisonJudge judge)
{
    private const string Kind = "dead-letter";

    private readonly OperatorTurn _common = new(turn);

    /// <returns>False: it is not one of these.</returns>
    public bool Handle(OperatorInput input)
    {
        switch (input)
        {
            case SetBadEventRule set:
                Set(set);
                return true;
            case ReleaseKey release:
                Release(release);
                return true;
            case BeginRetry retry:
                Begin(retry);
                return true;
            case CloseDeadLetter close:
                Close(close);
                return true;
            case InspectDeadLetters inspect:
                turn.Reply(inspect.Call, Inspect(inspect.Job));
                return true;
            case InspectDeadLetter one:
                object? found = turn.State.DeadLetters.Find(one.Letter) is { } letter ? ViewOf(letter) : null;
                turn.Reply(one.Call, found ?? NoSuchLetter(one.Letter));
                return true;
            default:
                return false;
        }
    }

    private void Set(SetBadEventRule input)
    {
        Job? job = turn.State.Jobs.Find(input.Job);
        _common.Answer(
            input,
            "job",
            () => job is null ? Refusals.NotFound("job", input.Job) : null,
            () =>
            {
                turn.Record(new BadEventRuleChanged(
                    job!.Id, job.Name, input.Rule, input.Request, turn.Now.UnixMs));
                turn.Raise(
                    EventLevel.Info,
                    "BAD_EVENT_RULE_CHANGED",
                    $"jobs/{job.Name}",
                    $"Events that job {job.Name} cannot apply are treated so from now on: {input.Rule}.");
                return job.Name;
            });
    }

    private void Release(ReleaseKey input)
    {
        Job? job = turn.State.Jobs.Find(input.Job);
        _common.Answer(
            input,
            "job",
            () => job is null
                ? Refusals.NotFound("job", input.Job)
                : Holders(job, input.Key).Length == 0 ? NotParked(input) : null,
            () =>
            {
                Release(job!, input.Key, input.Request);
                return job!.Name;
            });
    }

    private void Begin(BeginRetry input)
    {
        object? answer = turn.State.Requests.Find(input.Request, Kind);
        turn.Reply(input.Call, answer is AnsweredRequest ? new RetryStep(null) : answer ?? Begin(input.Letter));
    }

    private object Begin(ulong number)
    {
        if (turn.State.DeadLetters.Find(number) is not { } letter)
        {
            return NoSuchLetter(number);
        }

        Job job = turn.State.Jobs.Get(letter.Job);
        if (Holders(job, letter.Key).Length > 0)
        {
            Release(job, letter.Key, null);
        }

        return new RetryStep(ViewOf(letter));
    }

    private void Close(CloseDeadLetter input) => _common.Answer(
        input,
        Kind,
        () => turn.State.DeadLetters.Find(input.Letter) is null ? NoSuchLetter(input.Letter) : null,
        () =>
        {
            turn.Record(new DeadLetterClosed(input.Letter, input.End, input.Request, turn.Now.UnixMs));
            return $"{input.Letter}";
        });

    private object Inspect(string job)
    {
        if (job.Length == 0)
        {
            return new KeptLetters([.. turn.State.DeadLetters.All.Select(ViewOf)]);
        }

        return turn.State.Jobs.Find(job) is { } found
            ? new KeptLetters([.. turn.State.DeadLetters.All.Where(l => l.Job == found.Id).Select(ViewOf)])
            : Refusals.NotFound("job", job);
    }

    /// <summary>From the first event on that no task can have seen: those of the frame that is open now.</summary>
    private void Release(Job job, byte[] key, Request? request)
    {
        AssignedTask[] holders = Holders(job, key);
        ReleaseOffset[] from =
        [
            .. holders.Select(t => new ReleaseOffset(t.Id, turn.State.Partitions.Get(t.Partition).NextOffset)),
        ];
        turn.Record(new KeyReleased(job.Id, job.Name, key, from, request, turn.Now.UnixMs));
        turn.Raise(
            EventLevel.Info,
            "KEY_RELEASED",
            $"jobs/{job.Name}",
            $"Events of key {KeyText.Of(key)} are applied again.");
        foreach (AssignedTask task in holders)
        {
            judge.Announce(task, task.Restore.NextOffset);
        }
    }

    private AssignedTask[] Holders(Job job, byte[] key) =>
    [
        .. job.Tasks.Where(t => turn.State.DeadLetters.Of(t)?.IsParkedNow(key) == true)
            .Select(t => turn.State.Assignments.Find(t)!),
    ];

    private KeptLetter ViewOf(DeadLetter letter)
    {
        Job job = turn.State.Jobs.Get(letter.Job);
        Partition partition = turn.State.Topics.Get(letter.Partition);
        return new KeptLetter(
            letter,
            job.Name,
            turn.State.Topics.Get(job.Topic).Name,
            partition.Index,
            Holders(job, letter.Key).Length > 0);
    }

    private static Refusal NoSuchLetter(ulong number) =>
        new(
            RefusalKind.NotFound,
            "NO_SUCH_DEAD_LETTER",
            $"There is no dead letter {number}, or not any more; millrace dead-letters list shows all.")
        {
            Metadata = new Dictionary<string, string> { ["field"] = "name", ["deadLetter"] = $"{number}" },
        };

    private static Refusal NotParked(ReleaseKey input) =>
        new(
            RefusalKind.FailedPrecondition,
            "KEY_NOT_PARKED",
            $"Job {input.Job} does not hold back events of that key; there is nothing to release.")
        {
            Metadata = new Dictionary<string, string> { ["field"] = "key", ["job"] = input.Job },
        };
}
