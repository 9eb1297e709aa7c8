using Millrace.Common.Keys;
using Millrace.Common.Model;

namespace Millrace.Coordinator.Core.Topics.Partitioning;

/// <summary>Finds the partitions of batches for which no rule says them: by a directory of keys, or whole batches
/// spread. Asked when a batch is stored, so that what is decided goes to the same frame.</summary>
internal sealed class BatchPlacement(Turn turn)
{
    private readonly Dictionary<TopicId, TopicLoad> _topics = [];
    private readonly KeyDirectory _placed = new(HashRanges.Even([]));

    /// <summary>The most bytes that the records of one batch's new keys take in a frame.</summary>
    /// <param name="keyBytes">All keys of the batch together.</param>
    public static int RecordBytes(int keys, int keyBytes) => 2_048 + (keys * 20) + (keyBytes / 3 * 4);

    /// <summary>The index of the partition that a whole batch goes to. Allocates nothing but for the first batch of a
    /// topic.</summary>
    /// <param name="events">How many events will be stored.</param>
    public int Choose(TopicId id, int events, TimeSpan uptime)
    {
        TopicLoad topic = LoadOf(id, uptime);
        int index = topic.Spreader!.Next(topic.Loads.Events);
        topic.Loads.Add(index, events);
        return index;
    }

    /// <summary>Looks up each key's partition, and places keys that are new: each on the lightest partition, in one
    /// record for all of them. At the bound the directory is closed, by a record too; keys that it does not know go by
    /// their XXH64 from then on. Allocates nothing when all keys are known.</summary>
    /// <param name="partitions">Out: the partition's index of each event.</param>
    public void Place(TopicId id, in KeyedEvents events, Span<int> partitions)
    {
        TopicLoad topic = LoadOf(id, turn.Now.Uptime);
        KeyDirectory directory = turn.State.Directories.Find(id)!;
        int room = topic.Route.Partitioner.Spec.Directory!.MaxKeys - directory.Count;
        bool full = false;
        for (int i = 0; i < events.Count; i++)
        {
            ReadOnlySpan<byte> key = events.Key(i);
            ulong hash = events.Hash(i);
            int index = topic.IndexOf(Known(directory, key, hash));
            if (index < 0 && !directory.IsClosed && _placed.Count < room)
            {
                index = topic.Lightest(directory, _placed);
                _placed.Add(key.ToArray(), topic.Route.Partitions[index]);
            }
            else if (index < 0)
            {
                full = true;
                index = topic.IndexOf(directory.Others.Find(hash));
            }

            partitions[i] = index;
            topic.Loads.Add(index, 1);
        }

        Record(topic.Route, directory, full && !directory.IsClosed);
    }

    /// <returns><see cref="LocatedKeys"/> or a <see cref="Refusal"/>.</returns>
    public object Locate(LocateKeys asked)
    {
        if (turn.State.Topics.Find(asked.Topic) is not { } topic)
        {
            return Refusals.NotFound("topic", asked.Topic);
        }

        return new LocatedKeys([.. asked.Keys.Select(key => Locate(topic, key))]);
    }

    /// <summary>The index of a key's partition; -1: it has none of its own, or not yet.</summary>
    public int Locate(Topic topic, byte[] key)
    {
        TopicRoute route = topic.Route;
        if (turn.State.Directories.Find(topic.Id) is not { } directory)
        {
            int group = route.Partitioner.GroupOfKey(key);
            return group < 0 ? -1 : route.PartitionOfGroup[group];
        }

        ulong hash = XxHash64.Hash(key);
        PartitionId known = directory.Find(key, hash);
        return known.Value == 0 && !directory.IsClosed
            ? -1
            : route.Partitions.IndexOf(known.Value == 0 ? directory.Others.Find(hash) : known);
    }

    /// <summary>What a topic's partitions were given of late, by index, in events.</summary>
    public ReadOnlySpan<double> LoadsOf(TopicId id) => LoadOf(id, turn.Now.Uptime).Loads.Events;

    private PartitionId Known(KeyDirectory directory, ReadOnlySpan<byte> key, ulong hash)
    {
        PartitionId known = directory.Find(key, hash);
        return known.Value != 0 || _placed.Count == 0 ? known : _placed.Find(key, hash);
    }

    private void Record(TopicRoute route, KeyDirectory directory, bool close)
    {
        if (_placed.Count > 0)
        {
            turn.Record(new KeysPlaced(
                route.Topic,
                [.. _placed.Entries.Select(e => e.Key)],
                [.. _placed.Entries.Select(e => e.Partition)],
                turn.Now.UnixMs));
            _placed.Clear();
        }

        if (close)
        {
            turn.Record(new DirectoryClosed(route.Topic, turn.Now.UnixMs));
            turn.Raise(
                EventLevel.Warn,
                "KEY_DIRECTORY_FULL",
                $"topics/{route.Name}",
                $"The key directory of topic {route.Name} holds the {directory.Count} keys that it may; keys that it "
                + "does not know go to partitions by their XXH64 from now on.");
        }
    }

    private TopicLoad LoadOf(TopicId id, TimeSpan uptime)
    {
        TopicRoute route = turn.State.Topics.Get(id).Route;
        if (!_topics.TryGetValue(id, out TopicLoad? topic) || !ReferenceEquals(topic.Route, route))
        {
            _topics[id] = topic = new TopicLoad(route, turn.State.Incarnation);
        }

        topic.Loads.Forget(uptime);
        return topic;
    }
}
