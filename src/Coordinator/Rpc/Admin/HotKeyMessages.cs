using System.Globalization;
using Google.Protobuf;
using Google.Protobuf.WellKnownTypes;
using Millrace.Coordinator.Core;
using Millrace.Coordinator.Core.Health;
using Millrace.Coordinator.Core.HotKeys;
using Millrace.Coordinator.Core.Views;
using Millrace.Coordinator.Ingest;
using Proto = Millrace.Protocol.Admin.V1;

namespace Millrace.Coordinator.Rpc.Admin;

/// <summary>Hot keys as the admin service's message, with what would help.</summary>
internal static class HotKeyMessages
{
    public const int DefaultLimit = 10;

    /// <param name="located">The partition of each key.</param>
    public static Proto.ListHotKeysResponse Write(
        ClusterView view, TopicView topic, IReadOnlyList<HeavyKey> keys, LocatedKeys located, ulong sampled)
    {
        WorkerView[] workers = [.. view.Workers.Where(w => w.State == WorkerState.Alive)];
        double largest = workers.Length == 0 ? 0 : workers.Max(w => w.Weight);
        int open = topic.Partitions.Count(p => p.State == PartitionState.Open);
        var response = new Proto.ListHotKeysResponse
        {
            SampledEvents = sampled,
            SampledEvery = HotKeySample.Every,
            HalfLife = Duration.FromTimeSpan(HotKeySample.HalfLife),
        };
        for (int i = 0; i < keys.Count; i++)
        {
            int index = located.Partitions[i];
            double share = keys[i].Count / (double)sampled;
            Suggestion suggestion = index < 0
                ? Suggestion.None
                : HotKeyAdvice.For(share, open, workers.Length, largest);
            var row = new Proto.HotKey
            {
                Key = ByteString.CopyFrom(keys[i].Key),
                Share = share,
                ShareError = keys[i].Error / (double)sampled,
                Suggestion = (Proto.HotKeySuggestion)suggestion,
                Reason = Why(suggestion, index, share, largest, workers.Length),
            };
            if (index >= 0)
            {
                row.PartitionIndex = (uint)index;
            }

            response.HotKeys.Add(row);
        }

        return response;
    }

    private static string Why(Suggestion suggestion, int index, double share, double largest, int workers)
    {
        string percent = Percent(share);
        string room = Percent(Math.Max(largest, 1.0 / Math.Max(1, workers)));
        return suggestion switch
        {
            Suggestion.IsolatePartition =>
                $"The worker with most headroom can take {room} of all work, and the key is {percent}: partition "
                + $"{index} alone on it would help.",
            Suggestion.SpreadKey =>
                $"The key is {percent} of all events, and no worker can take more than {room} of all work: no "
                + "placement helps, only spreading the key over several keys in the producer.",
            _ when index < 0 => "Its events are in several partitions, or it has no partition yet.",
            _ when workers < 2 => "There are not two workers that its partition could choose from.",
            _ => "It has less than twice the mean partition's share.",
        };
    }

    private static string Percent(double share) => (share * 100).ToString("0.0", CultureInfo.InvariantCulture) + "%";
}
