using System.Text;

namespace Millrace.Checking.Logs;

/// <summary>What a partition may hold: keys of some key groups, in some frames.</summary>
/// <param name="Groups">How many key groups its topic has; 0: not known.</param>
/// <param name="OpenedAt">Only in frames that end above this position.</param>
public sealed record PartitionSpan(int FirstGroup, int EndGroup, int Groups, ulong OpenedAt)
{
    /// <summary>Only in frames that end at or below this position.</summary>
    public ulong SealedAt { get; init; } = ulong.MaxValue;

    public bool Holds(string key) => Groups == 0 || IsWithin(GroupOf(key, Groups), FirstGroup, EndGroup);

    public static int GroupOf(string key, int groups) =>
        (int)Math.BigMul(Xxh64.Of(Encoding.UTF8.GetBytes(key)), (ulong)groups, out _);

    private static bool IsWithin(int group, int first, int end) => group >= first && group < end;
}
