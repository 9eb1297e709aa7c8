using Millrace.Coordinator.Core;
using Millrace.Coordinator.Core.Events;
using Millrace.Coordinator.Core.Health;
using Millrace.Simulation.Messages;
using Millrace.Simulation.Network;

namespace Millrace.Simulation.Coordinators;

/// <summary>The coordinator's ends of the streams of spies; and the eye on whom it gives up.</summary>
/// <param name="events">The coordinator's own, which say so.</param>
internal sealed class WatchPort(CoordinatorProcess process, CoordinatorNode node, EventHistory events)
{
    private readonly long _sinceUs = node.World.Scheduler.NowUs;
    private ulong _read = events.Newest;
    private long _tickedUs;

    public void Accept(StreamEnd stream, WatchSaid first)
    {
        ulong watch = process.NextStream();
        stream.Received = message => Take(stream, watch, (WatchSaid)message);
        stream.Broken = () => process.Handle(new WatchEnded(first.Of, watch));
        Take(stream, watch, first);
    }

    /// <summary>Looks at what was decided just now: nobody who was heard of is given up (V22).</summary>
    public void Judge()
    {
        if (events.Newest == _read)
        {
            return;
        }

        foreach (ClusterEvent raised in events.After(_read))
        {
            if (raised.Reason == "WORKER_LOST")
            {
                GivenUp(raised);
            }
            else if (raised.Reason == "EVICTIONS_HELD")
            {
                node.World.Trace.Add("evictions held", node.Name);
            }
        }

        _read = events.Newest;
    }

    /// <summary>All that had come has been handed to the machine.</summary>
    public void Ticked() => _tickedUs = node.World.Scheduler.NowUs;

    private void Take(StreamEnd stream, ulong watch, WatchSaid said)
    {
        process.Handle(new ProcessSeen(said.Of, watch, said.State, null));
        if (said.State == ProcessState.Gone)
        {
            stream.Send(WatchTaken.Value);
        }
    }

    private void GivenUp(ClusterEvent raised)
    {
        string worker = raised.Subject[(raised.Subject.IndexOf('/') + 1)..];
        string why = raised.Message[(raised.Message.IndexOf(": ", StringComparison.Ordinal) + 2)..].TrimEnd('.');
        string kind = new([.. why.TakeWhile(c => !char.IsAsciiDigit(c))]);
        node.World.Trace.Add($"given up: {kind.TrimEnd()}", worker);
        node.World.Trace.Say(node.Name, $"gives up {worker}: {why}; {node.World.Contacts[worker]}");
        if (node.World.Contacts[worker].Contradicts(node.Life!, _sinceUs, _tickedUs) is { } truth)
        {
            double at = node.World.Scheduler.NowUs / 1e6;
            node.World.History.Report("V22", $"{worker} was given up at {at:F3} s because {why}; but {truth}");
        }
    }
}
