namespace Millrace.Coordinator.Core.HotKeys;

/// <summary>
/// The heaviest keys of a stream in fixed memory (Metwally, Agrawal, El Abbadi): a key without a counter takes over the
/// smallest one, and its count. So a count is never too small, too large by its error at the most, and each key with
/// more than 1 / counters of the whole has one. Keys are told apart by their XXH64. Counters lie in a heap with the
/// smallest on top; allocates only for keys longer than any that its counter has held.
/// </summary>
internal sealed class SpaceSaving(int counters)
{
    private readonly Dictionary<ulong, int> _byHash = new(counters);
    private readonly Counter[] _heap = new Counter[counters];
    private int _used;

    /// <summary>Everything that was added and not forgotten.</summary>
    public ulong Total { get; private set; }

    /// <param name="hash">XXH64 (seed 0) of the key.</param>
    public void Add(ReadOnlySpan<byte> key, ulong hash)
    {
        Total++;
        if (_byHash.TryGetValue(hash, out int at))
        {
            _heap[at].Count++;
            SiftDown(at);
        }
        else if (_used < _heap.Length)
        {
            _heap[_used] = new Counter { Count = 1 };
            _heap[_used].Set(key, hash);
            _byHash[hash] = _used;
            SiftUp(_used++);
        }
        else
        {
            ref Counter smallest = ref _heap[0];
            _byHash.Remove(smallest.Hash);
            smallest.Error = smallest.Count;
            smallest.Count++;
            smallest.Set(key, hash);
            _byHash[hash] = 0;
            SiftDown(0);
        }
    }

    /// <summary>Everything counts half from now on, so that what was long ago fades.</summary>
    public void Halve()
    {
        Total /= 2;
        for (int i = 0; i < _used; i++)
        {
            _heap[i].Count /= 2;
            _heap[i].Error /= 2;
        }
    }

    /// <summary>The heaviest, falling.</summary>
    public IReadOnlyList<HeavyKey> Top(int count) =>
    [
        .. _heap[.._used].Where(c => c.Count > 0).OrderByDescending(c => c.Count).ThenBy(c => c.Hash).Take(count)
            .Select(c => new HeavyKey(c.Key[..c.KeyLength], c.Count, c.Error)),
    ];

    private void SiftDown(int at)
    {
        while (true)
        {
            int child = (2 * at) + 1;
            if (child >= _used)
            {
                return;
            }

            child += child + 1 < _used && _heap[child + 1].Count < _heap[child].Count ? 1 : 0;
            if (_heap[at].Count <= _heap[child].Count)
            {
                return;
            }

            Swap(at, child);
            at = child;
        }
    }

    private void SiftUp(int at)
    {
        for (int parent = (at - 1) / 2; at > 0 && _heap[at].Count < _heap[parent].Count; parent = (at - 1) / 2)
        {
            Swap(at, parent);
            at = parent;
        }
    }

    private void Swap(int a, int b)
    {
        (_heap[a], _heap[b]) = (_heap[b], _heap[a]);
        _byHash[_heap[a].Hash] = a;
        _byHash[_heap[b].Hash] = b;
    }

    private struct Counter
    {
        public ulong Hash;
        public ulong Count;
        public ulong Error;
        public byte[] Key;
        public int KeyLength;

        public void Set(ReadOnlySpan<byte> key, ulong hash)
        {
            Hash = hash;
            KeyLength = key.Length;
            Key = Key is null || Key.Length < key.Length ? new byte[key.Length] : Key;
            key.CopyTo(Key);
        }
    }
}

/// <param name="Count">At least as often as it occurred, and at most <paramref name="Error"/> more.</param>
internal sealed record HeavyKey(byte[] Key, ulong Count, ulong Error);
