using Google.Protobuf;
using Proto = Millrace.Protocol.Worker.V1;

namespace Millrace.Coordinator.Rpc.Queries;

/// <summary>Puts the parts that tasks answered together.</summary>
internal static class Merge
{
    /// <summary>The first keys of all parts in byte order; counts of a key that several parts have are added up. That
    /// is exact, because a key among the first of all is among the first of each part that has it.</summary>
    /// <param name="parts">Each the first <paramref name="size"/> entries of its task, in byte order of their
    /// keys.</param>
    /// <param name="more">There may be further ones: some are left over, or a part was cut at the size.</param>
    public static List<Proto.KeyCount> FirstKeys(
        IReadOnlyList<IReadOnlyList<Proto.KeyCount>> parts, int size, out bool more)
    {
        var heads = new PriorityQueue<(int Part, int At), ByteString>(KeyOrder.Instance);
        for (int part = 0; part < parts.Count; part++)
        {
            Enqueue(part, 0);
        }

        var merged = new List<Proto.KeyCount>(size);
        while (heads.TryPeek(out (int Part, int At) head, out ByteString? key))
        {
            bool again = merged.Count > 0 && merged[^1].Key == key;
            if (merged.Count == size && !again)
            {
                break;
            }

            heads.Dequeue();
            Proto.KeyCount entry = parts[head.Part][head.At];
            if (again)
            {
                merged[^1] = new() { Key = key, Count = merged[^1].Count + entry.Count };
            }
            else
            {
                merged.Add(entry);
            }

            Enqueue(head.Part, head.At + 1);
        }

        more = heads.Count > 0 || parts.Any(part => part.Count >= size);
        return merged;

        void Enqueue(int part, int at)
        {
            if (at < parts[part].Count)
            {
                heads.Enqueue((part, at), parts[part][at].Key);
            }
        }
    }

    /// <summary>The largest counts of all parts, equal ones by key. A key must be in one part only.</summary>
    /// <param name="parts">Each the largest <paramref name="size"/> entries of its task, in any order.</param>
    public static List<Proto.KeyCount> Largest(IReadOnlyList<IReadOnlyList<Proto.KeyCount>> parts, int size) =>
        [
            .. parts.SelectMany(part => part)
                .OrderByDescending(entry => entry.Count)
                .ThenBy(entry => entry.Key, KeyOrder.Instance)
                .Take(size),
        ];

    private sealed class KeyOrder : IComparer<ByteString>
    {
        public static readonly KeyOrder Instance = new();

        public int Compare(ByteString? x, ByteString? y) => x!.Span.SequenceCompareTo(y!.Span);
    }
}
