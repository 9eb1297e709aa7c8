namespace Millrace.Coordinator.Core.Topics.Cutting;

/// <summary>What is measured of a partition that is to be cut, in events of late, of which half is forgotten each few
/// seconds.</summary>
/// <param name="Events">0: nothing is known, as for a while after a restart or a change of the topic.</param>
/// <param name="Heavy">Keys that are seen often, with their events.</param>
internal sealed record KeyLoads(double Events, IReadOnlyList<(byte[] Key, double Events)> Heavy)
{
    public static KeyLoads Unknown { get; } = new(0, []);
}
