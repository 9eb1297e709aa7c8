namespace Millrace.Coordinator.Core.HotKeys;

/// <summary>What would help against a hot key. A key's events stay in one partition, and a partition on one worker, so
/// no placement brings that worker's load below the key's own share.</summary>
internal static class HotKeyAdvice
{
    /// <summary>A key with this many times the mean partition's share is hot.</summary>
    private const double HotPartitions = 2;

    /// <param name="share">The key's share of the topic's events, 0 to 1.</param>
    /// <param name="largestWorker">The share of all work that the worker with most headroom can take, 0 to 1; 0: there
    /// is none.</param>
    public static Suggestion For(double share, int partitions, int workers, double largestWorker)
    {
        if (share * partitions < HotPartitions || workers < 2)
        {
            return Suggestion.None;
        }

        return share <= Math.Max(largestWorker, 1.0 / workers) ? Suggestion.IsolatePartition : Suggestion.SpreadKey;
    }
}

/// <summary>The numbers are those of the admin service.</summary>
internal enum Suggestion
{
    None = 1,
    IsolatePartition = 2,
    SpreadKey = 3,
}
