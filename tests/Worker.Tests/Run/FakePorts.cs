using Microsoft.Extensions.Logging.Abstractions;
using Millrace.Common.Model;
using Millrace.Common.Wire;
using Millrace.TestKit;
using Millrace.Worker.Core;
using Millrace.Worker.Core.Operators;
using Millrace.Worker.Core.Tasks;
using Millrace.Worker.Run;

namespace Millrace.Worker.Tests.Run;

/// <summary>Everything that a run loop speaks to, remembered for the test, and a loop that the test drives
/// itself.</summary>
internal sealed class FakePorts : IWorkerInbox, IBlockSource, ICheckpointQueue, IAnswerSink
{
    public const long Stream = 3;

    public FakePorts(TimeSpan? costPerEvent = null)
    {
        Clock = new WorkerClock(Time);
        Gate = new LeaseGate(Clock);
        Gate.Set(TimeSpan.FromHours(1));
        Loop = new RunLoop(
            new RunPorts(this, this, this, Gate, Clock)
            {
                CostPerEvent = costPerEvent ?? TimeSpan.Zero,
                Wait = Wait,
            },
            new RunMailbox(100, 100),
            NullLogger.Instance);
    }

    public ManualTime Time { get; } = new();

    public WorkerClock Clock { get; }

    public LeaseGate Gate { get; }

    public RunLoop Loop { get; }

    /// <summary>What the worker's machine was told, without progress.</summary>
    public List<WorkerInput> Told { get; } = [];

    public List<Progressed> Progress { get; } = [];

    /// <summary>Each one's number is its place in the list, from one.</summary>
    public List<(TaskId Task, ulong Position, ulong NextOffset)> Subscriptions { get; } = [];

    /// <summary>The blocks whose bytes were given back.</summary>
    public List<RawBlock> Used { get; } = [];

    public int Returned => Used.Sum(block => block.Entries.Length);

    public List<TaskCapture> Captures { get; } = [];

    public bool RefuseCaptures { get; set; }

    public List<(ulong QuestionId, ulong Position, int Entries)> Answers { get; } = [];

    public List<(ulong QuestionId, string Reason)> Refusals { get; } = [];

    /// <summary>How long the loop wanted to wait; it always takes half a millisecond longer.</summary>
    public List<TimeSpan> Waits { get; } = [];

    public static RawFetchResponse Message(params RawBlock[] blocks)
    {
        var message = new RawFetchResponse();
        foreach (RawBlock block in blocks)
        {
            message.Add(block);
        }

        return message;
    }

    public void Tell(RunCommand command)
    {
        Assert.That(Loop.Mailbox.TryPost(command), Is.True);
        while (Loop.Step())
        {
        }
    }

    /// <summary>Brings a task so far that it takes blocks of <see cref="Stream"/>.</summary>
    public void Attach(TaskGrant grant)
    {
        var op = new CountOperator(grant.ToContext());
        Tell(new PlaceTask(grant, Clock.Uptime));
        Tell(new LoadTask(new TaskMachine(grant, op, null)));
        Tell(new AttachTask(grant.Task, grant.Epoch));
    }

    public void Deliver(params RawBlock[] blocks) => DeliverOn(Stream, blocks);

    public void DeliverOn(long stream, params RawBlock[] blocks)
    {
        ValueTask delivered = Loop.Mailbox.DeliverAsync(new BlockDelivery(Message(blocks), stream), default);
        Assert.That(delivered.IsCompletedSuccessfully, Is.True);
        while (Loop.Step())
        {
        }
    }

    public AskTask Question(ulong id, TaskGrant grant, ulong minPosition = 0) => new(
        id, grant.Task, grant.Epoch, minPosition, new TopKeys(10), Clock.Uptime + TimeSpan.FromSeconds(2), this);

    private void Wait(TimeSpan time)
    {
        Waits.Add(time);
        Time.Advance(time + TimeSpan.FromMilliseconds(0.5));
    }

    public void Post(WorkerInput input)
    {
        if (input is Progressed progressed)
        {
            Progress.Add(progressed);
        }
        else
        {
            Told.Add(input);
        }
    }

    public BlockSubscription Subscribe(TaskId task, Epoch epoch, ulong position, ulong nextOffset)
    {
        Subscriptions.Add((task, position, nextOffset));
        return new BlockSubscription(Stream, (ulong)Subscriptions.Count);
    }

    public void Unsubscribe(TaskId task, Epoch epoch)
    {
    }

    public void Return(long stream, in RawBlock block) => Used.Add(block);

    public bool TryAdd(TaskCapture capture)
    {
        if (!RefuseCaptures)
        {
            Captures.Add(capture);
        }

        return !RefuseCaptures;
    }

    public void Answered(AskTask asked, Answer answer, ulong position) =>
        Answers.Add((asked.QuestionId, position, answer.Entries.Count));

    public void Refused(AskTask asked, string reason) => Refusals.Add((asked.QuestionId, reason));
}
