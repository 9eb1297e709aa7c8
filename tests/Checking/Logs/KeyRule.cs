using System.Text;

namespace Millrace.Checking.Logs;

/// <summary>The checkers' own reading of a share of keys: byte ranges, hash ranges, lists.</summary>
/// <param name="FirstKey">Null: no bound; so with the others.</param>
/// <param name="EndHash">0: no bound.</param>
public sealed record KeyRule(
    byte[]? FirstKey,
    byte[]? EndKey,
    ulong FirstHash = 0,
    ulong EndHash = 0,
    IReadOnlyList<byte[]>? Only = null,
    IReadOnlyList<byte[]>? Except = null)
{
    public bool Holds(string text)
    {
        byte[] key = Encoding.UTF8.GetBytes(text);
        ulong hash = Xxh64.Of(key);
        return (FirstKey is null || key.AsSpan().SequenceCompareTo(FirstKey) >= 0)
            && (EndKey is null || key.AsSpan().SequenceCompareTo(EndKey) < 0)
            && hash >= FirstHash
            && (EndHash == 0 || hash < EndHash)
            && (Only?.Any(k => k.AsSpan().SequenceEqual(key)) ?? true)
            && !(Except?.Any(k => k.AsSpan().SequenceEqual(key)) ?? false);
    }
}
