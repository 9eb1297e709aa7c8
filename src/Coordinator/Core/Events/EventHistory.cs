namespace Millrace.Coordinator.Core.Events;

/// <summary>The newest events, oldest first.</summary>
internal sealed class EventHistory
{
    public const int Capacity = 1_000;

    private readonly Queue<ClusterEvent> _events = new();

    public IReadOnlyList<ClusterEvent> ToList() => [.. _events];

    public void Add(ClusterEvent raised)
    {
        if (_events.Count == Capacity)
        {
            _events.Dequeue();
        }

        _events.Enqueue(raised);
    }

    public IReadOnlyList<ClusterEvent> After(ulong revision) => [.. _events.Where(e => e.Revision > revision)];
}
