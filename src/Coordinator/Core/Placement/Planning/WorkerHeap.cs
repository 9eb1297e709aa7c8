namespace Millrace.Coordinator.Core.Placement.Planning;

/// <summary>A four-ary heap of workers, lowest key first, lowest index among equals; keys can be changed in
/// place.</summary>
internal sealed class WorkerHeap
{
    private const int Arity = 4;
    private const int Absent = -1;

    private readonly Node[] _nodes;
    private readonly int[] _places;

    /// <param name="places">Where each worker stands; shared by heaps that have no worker in common.</param>
    public WorkerHeap(int capacity, int[] places)
    {
        _nodes = new Node[capacity];
        _places = places;
    }

    public int Count { get; private set; }

    public int Top => _nodes[0].Worker;

    public static int[] NoPlaces(int workers)
    {
        int[] places = new int[workers];
        Array.Fill(places, Absent);
        return places;
    }

    public bool Contains(int worker) => _places[worker] != Absent;

    public void Add(int worker, double key)
    {
        int at = Count++;
        Set(at, new Node(key, worker));
        Raise(at);
    }

    public void Change(int worker, double key)
    {
        int at = _places[worker];
        double before = _nodes[at].Key;
        _nodes[at] = new Node(key, worker);
        if (key < before)
        {
            Raise(at);
        }
        else
        {
            Sink(at);
        }
    }

    public void Remove(int worker)
    {
        int at = _places[worker];
        _places[worker] = Absent;
        int last = --Count;
        if (at == last)
        {
            return;
        }

        Node moved = _nodes[last];
        Set(at, moved);
        Raise(at);
        Sink(_places[moved.Worker]);
    }

    private void Raise(int at)
    {
        Node raised = _nodes[at];
        while (at > 0)
        {
            int parent = (at - 1) / Arity;
            if (!raised.IsBefore(_nodes[parent]))
            {
                break;
            }

            Set(at, _nodes[parent]);
            at = parent;
        }

        Set(at, raised);
    }

    private void Sink(int at)
    {
        Node sunk = _nodes[at];
        while (true)
        {
            int child = at * Arity + 1;
            if (child >= Count)
            {
                break;
            }

            ReadOnlySpan<Node> children = _nodes.AsSpan(child, Math.Min(Arity, Count - child));
            int least = 0;
            for (int other = 1; other < children.Length; other++)
            {
                if (children[other].IsBefore(children[least]))
                {
                    least = other;
                }
            }

            if (!children[least].IsBefore(sunk))
            {
                break;
            }

            Set(at, children[least]);
            at = child + least;
        }

        Set(at, sunk);
    }

    private void Set(int at, Node node)
    {
        _nodes[at] = node;
        _places[node.Worker] = at;
    }

    private readonly record struct Node(double Key, int Worker)
    {
        public bool IsBefore(in Node other) => Key < other.Key || (Key == other.Key && Worker < other.Worker);
    }
}
