namespace Millrace.Benchmarks.Planner;

/// <summary>Equal counts, keeping what it can: what count-only sticky assignors do.</summary>
internal sealed class StickyTwin : ITwin
{
    public string Name => "sticky-count";

    public int[] Assign(int[] owner, bool[] alive)
    {
        int[] live = [.. Enumerable.Range(0, alive.Length).Where(w => alive[w])];
        int least = owner.Length / live.Length;
        int withOneMore = owner.Length % live.Length;
        int[] held = new int[alive.Length];
        int[] result = new int[owner.Length];
        var free = new Queue<int>();
        for (int task = 0; task < owner.Length; task++)
        {
            int worker = owner[task];
            bool keeps = worker >= 0 && alive[worker]
                && (held[worker] < least || (held[worker] == least && withOneMore-- > 0));
            if (keeps)
            {
                held[worker]++;
                result[task] = worker;
            }
            else
            {
                free.Enqueue(task);
            }
        }

        foreach (int worker in live)
        {
            while (held[worker] < least && free.TryDequeue(out int task))
            {
                held[worker]++;
                result[task] = worker;
            }
        }

        foreach (int worker in live.Where(w => held[w] == least))
        {
            if (free.TryDequeue(out int task))
            {
                result[task] = worker;
            }
        }

        return result;
    }
}

/// <summary>The worker whose hash with the partition is highest.</summary>
internal sealed class RendezvousTwin : ITwin
{
    public string Name => "rendezvous";

    public int[] Assign(int[] owner, bool[] alive)
    {
        int[] result = new int[owner.Length];
        for (int task = 0; task < result.Length; task++)
        {
            ulong highest = 0;
            for (int worker = 0; worker < alive.Length; worker++)
            {
                ulong hash = Mix(((ulong)task << 32) | (uint)worker);
                if (alive[worker] && hash > highest)
                {
                    (highest, result[task]) = (hash, worker);
                }
            }
        }

        return result;
    }

    private static ulong Mix(ulong value)
    {
        value = (value + 0x9E3779B97F4A7C15) * 0xBF58476D1CE4E5B9;
        value = (value ^ (value >> 27)) * 0x94D049BB133111EB;
        return value ^ (value >> 31);
    }
}

/// <summary>Dealt out anew, one after the other.</summary>
internal sealed class RoundRobinTwin : ITwin
{
    public string Name => "round-robin";

    public int[] Assign(int[] owner, bool[] alive)
    {
        int[] live = [.. Enumerable.Range(0, alive.Length).Where(w => alive[w])];
        return [.. owner.Select((_, task) => live[task % live.Length])];
    }
}
