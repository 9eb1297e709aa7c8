using Millrace.Checking.Histories;
using Millrace.Simulation.Messages;
using Millrace.Simulation.Network;
using Millrace.Simulation.Nodes;

namespace Millrace.Simulation.Readers;

/// <summary>Somebody who asks for all counts now and then, mostly for no older ones than those that it has
/// seen.</summary>
internal sealed class ReaderNode(World world, ICoordinatorAddress coordinator) : SimNode(world, "reader", drift: 0)
{
    private const string Job = "first";

    private ulong _seen;

    protected override void Boot() => Again();

    private void Again() => After(TimeSpan.FromMilliseconds(Random.Between(300, 4_000)), Ask);

    private void Ask()
    {
        ulong least = Random.Chance(0.7) ? _seen : 0;
        StreamEnd stream = coordinator.Connect(this);
        stream.Received = answer =>
        {
            stream.Broken = null;
            if (answer is JobAnswer counts)
            {
                Note(least, counts);
            }

            Again();
        };
        stream.Broken = Again;
        stream.Send(new AskJob(Job, least));
    }

    private void Note(ulong least, JobAnswer answer)
    {
        World.Trace.Add("answered", Name, least);
        foreach (TaskCounts task in answer.Tasks)
        {
            World.History.Reads.Add(new ReadSeen(task.Task.Value, least, task.Position, task.Counts));
            _seen = Math.Max(_seen, task.Position);
        }
    }
}
