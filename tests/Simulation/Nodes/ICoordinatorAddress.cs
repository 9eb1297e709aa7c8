using Millrace.Simulation.Network;

namespace Millrace.Simulation.Nodes;

/// <summary>Where everybody dials to.</summary>
internal interface ICoordinatorAddress
{
    /// <summary>Opens a stream; its first message says what it is for.</summary>
    StreamEnd Connect(SimNode from);
}
