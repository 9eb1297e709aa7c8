using System.Text;
using Millrace.Common.Keys;
using Millrace.Common.Wire;

namespace Millrace.Worker.Tests.Core.Flow;

/// <summary>Encoded events for tests, with what a task should make of them.</summary>
internal sealed class Entries
{
    private readonly List<byte[]> _entries = [];
    private readonly List<string> _keys = [];

    public int Count => _entries.Count;

    public static Entries Of(params IEnumerable<string> keys)
    {
        var entries = new Entries();
        foreach (string key in keys)
        {
            entries.Add(key);
        }

        return entries;
    }

    public void Add(string key, string value = "payload", long timeMs = 0)
    {
        using var buffer = new EntryBuffer(64);
        buffer.Append(Encoding.UTF8.GetBytes(key), Encoding.UTF8.GetBytes(value), timeMs);
        _entries.Add(buffer.Entries.ToArray());
        _keys.Add(key);
    }

    public byte[] Bytes(int start, int end) => [.. _entries[start..end].SelectMany(entry => entry)];

    public byte[] Bytes() => Bytes(0, Count);

    public ulong HashSum(int end) =>
        _entries[..end].Aggregate(0ul, (sum, entry) => unchecked(sum + XxHash64.Hash(entry)));

    /// <summary>Counts by key of the first events.</summary>
    public Dictionary<string, ulong> Counts(int end) =>
        _keys[..end].GroupBy(key => key).ToDictionary(group => group.Key, group => (ulong)group.Count());
}
