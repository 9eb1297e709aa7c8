namespace Millrace.Coordinator.Core.Events;

/// <summary>The newest events, oldest first.</summary>
internal sealed class EventHistory
{
    public const int Capacity = 1_000;

    private readonly Queue<ClusterEvent> _events = new();

    /// <summary>Revision of the newest event; 0: there is none.</summary>
    public ulong Newest { get; private set; }

    public IReadOnlyList<ClusterEvent> ToList() => [.. _events];

    public void Add(ClusterEvent raised)
    {
        if (_events.Count == Capacity)
        {
            _events.Dequeue();
        }

        _events.Enqueue(raised);
        Newest = raised.Revision;
    }

    public IReadOnlyList<ClusterEvent> After(ulong revision) =>
        revision >= Newest ? [] : [.. _events.Where(e => e.Revision > revision)];
}
