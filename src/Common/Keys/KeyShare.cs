using System.Text.Json.Serialization;

namespace Millrace.Common.Keys;

/// <summary>
/// Some of all keys: in a range of their bytes, in a range of their hashes, and named by a list, or not named by one.
/// A pure rule, so that the coordinator's routing and a worker's cut of its state agree about every key for ever. What
/// is left out holds for every key.
/// </summary>
/// <param name="FirstKey">Keys from this one on, in unsigned byte order.</param>
/// <param name="EndKey">Keys below this one.</param>
/// <param name="FirstHash">Keys whose XXH64 (seed 0) is at least this.</param>
/// <param name="EndHash">Keys whose XXH64 is below this; 0: 2^64.</param>
/// <param name="Only">These keys alone; rising.</param>
/// <param name="Except">None of these keys; rising.</param>
public sealed record KeyShare(
    byte[]? FirstKey = null,
    byte[]? EndKey = null,
    ulong FirstHash = 0,
    ulong EndHash = 0,
    IReadOnlyList<byte[]>? Only = null,
    IReadOnlyList<byte[]>? Except = null)
{
    /// <summary>No key is in it. (It may hold none although this is false.)</summary>
    [JsonIgnore]
    public bool IsEmpty =>
        Only is { Count: 0 }
        || (EndHash != 0 && FirstHash >= EndHash)
        || (EndKey is not null && EndKey.AsSpan().SequenceCompareTo(FirstKey) <= 0);

    /// <summary>The order in which lists of keys are given.</summary>
    public static Comparer<byte[]> Order { get; } =
        Comparer<byte[]>.Create((a, b) => a.AsSpan().SequenceCompareTo(b));

    public bool Contains(ReadOnlySpan<byte> key) =>
        (FirstKey is null || key.SequenceCompareTo(FirstKey) >= 0)
        && (EndKey is null || key.SequenceCompareTo(EndKey) < 0)
        && HasHash(key)
        && (Only is null || Has(Only, key))
        && (Except is null || !Has(Except, key));

    /// <summary>The keys that are in both.</summary>
    public KeyShare And(KeyShare other) => new(
        FirstKey is null || FirstKey.AsSpan().SequenceCompareTo(other.FirstKey) < 0 ? other.FirstKey : FirstKey,
        EndKey is null || (other.EndKey is { } end && end.AsSpan().SequenceCompareTo(EndKey) < 0)
            ? other.EndKey
            : EndKey,
        Math.Max(FirstHash, other.FirstHash),
        // 2^64, written as 0, is above all others: so is 0 - 1.
        unchecked(Math.Min(EndHash - 1, other.EndHash - 1) + 1),
        Only is null ? other.Only : other.Only is null ? Only : [.. Only.Where(k => Has(other.Only, k))],
        Except is null ? other.Except : other.Except is null ? Except : Union(Except, other.Except));

    private static IReadOnlyList<byte[]> Union(IReadOnlyList<byte[]> a, IReadOnlyList<byte[]> b) =>
        [.. a.Where(k => !Has(b, k)).Concat(b).Order(Order)];

    private static bool Has(IReadOnlyList<byte[]> keys, ReadOnlySpan<byte> key)
    {
        int low = 0;
        int high = keys.Count;
        while (low < high)
        {
            int middle = (low + high) >>> 1;
            int order = keys[middle].AsSpan().SequenceCompareTo(key);
            if (order == 0)
            {
                return true;
            }

            (low, high) = order < 0 ? (middle + 1, high) : (low, middle);
        }

        return false;
    }

    private bool HasHash(ReadOnlySpan<byte> key)
    {
        if (FirstHash == 0 && EndHash == 0)
        {
            return true;
        }

        ulong hash = XxHash64.Hash(key);
        return hash >= FirstHash && hash <= unchecked(EndHash - 1);
    }
}
