using System.Text;

namespace Millrace.Checking.Logs;

/// <summary>What a partition may hold: some keys, in some frames.</summary>
/// <param name="Groups">How many key groups its topic has; 0: not known.</param>
/// <param name="OpenedAt">Only in frames that end above this position.</param>
public sealed record PartitionSpan(int FirstGroup, int EndGroup, int Groups, ulong OpenedAt)
{
    /// <summary>Only in frames that end at or below this position.</summary>
    public ulong SealedAt { get; init; } = ulong.MaxValue;

    /// <summary>Its keys where key groups do not say it.</summary>
    public KeyRule? Share { get; init; }

    /// <summary>Its topic has a directory of keys: <see cref="Share"/> speaks of what it took over, not of keys that
    /// were new to it.</summary>
    public bool TakesNewKeys { get; init; }

    /// <summary>All events of a key go to one open partition.</summary>
    public bool KeepsKeys { get; init; }

    /// <summary>What it took over of those before it has these keys.</summary>
    public bool Holds(string key) =>
        Share?.Holds(key) ?? (Groups == 0 || IsWithin(GroupOf(key, Groups), FirstGroup, EndGroup));

    public static int GroupOf(string key, int groups) =>
        (int)Math.BigMul(Xxh64.Of(Encoding.UTF8.GetBytes(key)), (ulong)groups, out _);

    private static bool IsWithin(int group, int first, int end) => group >= first && group < end;
}
