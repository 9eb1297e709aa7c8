using Millrace.Client;
using Millrace.Protocol.Query.V1;

namespace Millrace.Benchmarks.Running;

/// <summary>What a job that counts has counted, beside what was sent.</summary>
internal static class Reconciliation
{
    /// <param name="sent">How often each key was sent.</param>
    /// <returns>Whether they are the same, key by key.</returns>
    public static async Task<bool> CheckAsync(
        MillraceClient client, string job, IReadOnlyDictionary<string, ulong> sent, CancellationToken cancellation)
    {
        var counts = new Dictionary<string, ulong>();
        await foreach (Entry entry in client.Query.ScanAsync(job, cancellation: cancellation))
        {
            counts[entry.Key.ToStringUtf8()] = entry.Count;
        }

        int wrong = sent.Count(k => counts.GetValueOrDefault(k.Key) != k.Value)
            + counts.Keys.Count(k => !sent.ContainsKey(k));
        ulong total = sent.Values.Aggregate(0ul, (sum, count) => sum + count);
        Console.Error.WriteLine($"reconciled {total:N0} events over {counts.Count:N0} keys: {wrong} keys differ");
        return wrong == 0;
    }
}
