using Millrace.Checking.Histories;
using Millrace.Simulation.Engine;
using Millrace.Simulation.Network;
using Millrace.Simulation.Run;
using Millrace.Simulation.Workers;

namespace Millrace.Simulation.Nodes;

/// <summary>What all nodes of a run share.</summary>
internal sealed record World(
    SimOptions Options,
    SimRandom Random,
    Scheduler Scheduler,
    SimNetwork Network,
    History History,
    Trace Trace)
{
    /// <summary>By worker, what was heard of it.</summary>
    public Dictionary<string, Contact> Contacts { get; } = [];

    public OutputNumbers Outputs { get; } = new(History);
}
