namespace Millrace.Simulation.Engine;

/// <summary>What is to happen, ordered by (time, tie-break): a heap with four children per node. It is the hottest part
/// of a run, so what it moves about holds no references and is compared without calls.</summary>
internal sealed class StepQueue
{
    private const int Children = 4;

    private Key[] _heap = new Key[256];
    private Step[] _steps = new Step[256];
    private int[] _free = new int[256];
    private int _freeCount;
    private int _used;
    private int _count;

    /// <summary>When the next step is due; <see cref="long.MaxValue"/>: there is none.</summary>
    public long NextAt => _count == 0 ? long.MaxValue : _heap[0].At;

    /// <summary>The next step's tie-break. Only while there is one.</summary>
    public ulong NextTie => _heap[0].Tie;

    public void Add(long at, ulong tie, in Step step)
    {
        if (_count == _heap.Length)
        {
            Array.Resize(ref _heap, _count * 2);
            Array.Resize(ref _steps, _count * 2);
            Array.Resize(ref _free, _count * 2);
        }

        int place = _freeCount > 0 ? _free[--_freeCount] : _used++;
        _steps[place] = step;
        Rise(_count++, new Key(at, tie, place));
    }

    /// <summary>Takes the next step out. Only while there is one.</summary>
    public Step Take()
    {
        int place = _heap[0].Place;
        Step step = _steps[place];
        _steps[place] = default;
        _free[_freeCount++] = place;
        if (--_count > 0)
        {
            Sink(_heap[_count]);
        }

        return step;
    }

    private void Rise(int at, Key key)
    {
        while (at > 0)
        {
            int parent = (at - 1) / Children;
            if (!key.IsBefore(_heap[parent]))
            {
                break;
            }

            _heap[at] = _heap[parent];
            at = parent;
        }

        _heap[at] = key;
    }

    private void Sink(Key key)
    {
        int at = 0;
        for (int first = 1; first < _count; first = (at * Children) + 1)
        {
            int least = first;
            int end = Math.Min(first + Children, _count);
            for (int child = first + 1; child < end; child++)
            {
                least = _heap[child].IsBefore(_heap[least]) ? child : least;
            }

            if (!_heap[least].IsBefore(key))
            {
                break;
            }

            _heap[at] = _heap[least];
            at = least;
        }

        _heap[at] = key;
    }

    private readonly record struct Key(long At, ulong Tie, int Place)
    {
        public bool IsBefore(in Key other) => At < other.At || (At == other.At && Tie < other.Tie);
    }
}

/// <param name="Life">Whose step it is; null: the world's.</param>
internal readonly record struct Step(Life? Life, Action Action);
