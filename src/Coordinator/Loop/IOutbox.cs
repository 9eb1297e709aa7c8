using Millrace.Coordinator.Core;

namespace Millrace.Coordinator.Loop;

/// <summary>Carries out effects that are free to leave. Called on the loop: returns at once.</summary>
internal interface IOutbox
{
    void Carry(Effect effect);
}
