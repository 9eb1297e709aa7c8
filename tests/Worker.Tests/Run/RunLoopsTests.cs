using Microsoft.Extensions.Logging.Abstractions;
using Millrace.Common.Model;
using Millrace.Common.Wire;
using Millrace.Worker.Core.Operators;
using Millrace.Worker.Core.Tasks;
using Millrace.Worker.Run;
using Millrace.Worker.Tests.Core.Tasks;

namespace Millrace.Worker.Tests.Run;

public sealed class RunLoopsTests : IDisposable
{
    private readonly FakePorts _ports = new();
    private readonly InputSequence _input = new([3, 4, 1]);
    private readonly TaskGrant _grant = InputSequence.Grant();
    private readonly RunLoops _loops;

    public RunLoopsTests() =>
        _loops = new RunLoops(
            2, new RunPorts(_ports, _ports, _ports, _ports.Gate, _ports.Clock), NullLogger.Instance);

    public void Dispose() => _loops.Dispose();

    [Test]
    public void Deliver_ToALoopThatTheTaskHasComeToSince_ReturnsItsBlockOnlyOnce()
    {
        TaskGrant other = _grant with { Task = new TaskId(2) };
        Attach(_grant);
        Turn(0);
        Attach(other);
        Turn(1);
        RawBlock block = Block(_grant, 1);
        RawBlock others = Block(other, 2);
        ValueTask delivered = _loops.DeliverAsync(
            new BlockDelivery(FakePorts.Message(block, others), FakePorts.Stream), default);
        Assert.That(delivered.IsCompletedSuccessfully, Is.True);
        Turn(0);

        // The second loop has the message still before it when the task comes to it: it has fewer tasks by now.
        _loops.Remove(_grant.Task, _grant.Epoch);
        _loops.Place(_grant with { Task = new TaskId(3) }, TimeSpan.Zero);
        _loops.Place(_grant with { Task = new TaskId(4) }, TimeSpan.Zero);
        Attach(_grant with { Epoch = new Epoch(_grant.Epoch.Value + 1) });
        Turn(0);
        Turn(1);
        Assert.That(_ports.Subscriptions, Has.Count.EqualTo(3));
        Assert.That(_ports.Used, Is.EqualTo(new[] { block, others }));
    }

    private void Attach(TaskGrant grant)
    {
        _loops.Place(grant, TimeSpan.Zero);
        _loops.Post(grant.Task, new LoadTask(new TaskMachine(grant, new CountOperator(grant.ToContext()), null)));
        _loops.Post(grant.Task, new AttachTask(grant.Task, grant.Epoch));
    }

    private void Turn(int loop)
    {
        while (_loops.All[loop].Step())
        {
        }
    }

    private RawBlock Block(TaskGrant grant, ulong subscription) => new(
        grant.Task.Value,
        grant.Epoch.Value,
        InputSequence.EndOf(0),
        0,
        (uint)_input.EndEvent(0),
        false,
        subscription,
        _input.Entries.Bytes(0, _input.EndEvent(0)));
}
