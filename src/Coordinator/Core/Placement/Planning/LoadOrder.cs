using System.Buffers;

namespace Millrace.Coordinator.Core.Placement.Planning;

/// <summary>Sorts tasks by load, heaviest first, in time linear in their number.</summary>
internal static class LoadOrder
{
    private const int Bits = 11;
    private const int Buckets = 1 << Bits;
    private const int Passes = 3;

    /// <summary>In single precision; the lower task first among equals.</summary>
    public static void HeaviestFirst(int[] tasks, double[] load)
    {
        int count = tasks.Length;
        uint[] keys = ArrayPool<uint>.Shared.Rent(count);
        uint[] otherKeys = ArrayPool<uint>.Shared.Rent(count);
        int[] otherTasks = ArrayPool<int>.Shared.Rent(count);
        Sort(tasks, otherTasks, keys, otherKeys, load);
        ArrayPool<uint>.Shared.Return(keys);
        ArrayPool<uint>.Shared.Return(otherKeys);
        ArrayPool<int>.Shared.Return(otherTasks);
    }

    private static void Sort(int[] tasks, int[] otherTasks, uint[] keys, uint[] otherKeys, double[] load)
    {
        int count = tasks.Length;
        int[] starts = new int[Passes * Buckets];
        for (int i = 0; i < count; i++)
        {
            // positive floats order as their bits do; the complement turns the order round
            uint key = ~BitConverter.SingleToUInt32Bits((float)load[tasks[i]]);
            keys[i] = key;
            starts[key & (Buckets - 1)]++;
            starts[Buckets + ((key >> Bits) & (Buckets - 1))]++;
            starts[2 * Buckets + (key >> (2 * Bits))]++;
        }

        for (int pass = 0; pass < Passes; pass++)
        {
            Span<int> next = starts.AsSpan(pass * Buckets, Buckets);
            Accumulate(next);
            int shift = pass * Bits;
            for (int i = 0; i < count; i++)
            {
                int at = next[(int)((keys[i] >> shift) & (Buckets - 1))]++;
                otherKeys[at] = keys[i];
                otherTasks[at] = tasks[i];
            }

            (keys, otherKeys) = (otherKeys, keys);
            (tasks, otherTasks) = (otherTasks, tasks);
        }

        // after an odd number of passes the result stands in the other array
        tasks.AsSpan(0, count).CopyTo(otherTasks);
    }

    private static void Accumulate(Span<int> counts)
    {
        int sum = 0;
        for (int i = 0; i < counts.Length; i++)
        {
            (counts[i], sum) = (sum, sum + counts[i]);
        }
    }
}
