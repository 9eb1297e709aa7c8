using Millrace.Common.Model;
using Millrace.Coordinator.Core.Recovery;

namespace Millrace.Coordinator.Core.Topics.Partitioning;

/// <summary>The directories of topics that are partitioned by key. Durable state.</summary>
internal sealed class DirectoryTable
{
    private readonly SortedDictionary<uint, KeyDirectory> _byTopic = [];

    /// <summary>Null: the topic has none.</summary>
    public KeyDirectory? Find(TopicId topic) => _byTopic.GetValueOrDefault(topic.Value);

    public void Apply(TopicCreated created)
    {
        if (created.Partitioning is not { Kind: PartitioningKind.Key } spec)
        {
            return;
        }

        var directory = new KeyDirectory(HashRanges.Even(created.Partitions));
        foreach (DeclaredKey declared in spec.Directory!.Declared ?? [])
        {
            directory.Add(declared.Key, created.Partitions[declared.Partition]);
        }

        _byTopic.Add(created.Topic.Value, directory);
    }

    /// <param name="record">Of keys placed, or of a directory closed.</param>
    public void Apply(ControlRecord record)
    {
        if (record is KeysPlaced placed)
        {
            Place(placed);
        }
        else if (record is DirectoryClosed closed)
        {
            Get(closed.Topic).IsClosed = true;
        }
    }

    /// <param name="changed">Topics of which partitions were sealed.</param>
    public void Follow(IReadOnlyList<Topic> changed)
    {
        foreach (Topic topic in changed)
        {
            Find(topic.Id)?.Follow(topic);
        }
    }

    /// <summary>Null when there are none, as in snapshots of before.</summary>
    public IReadOnlyList<DirectoryDto>? ToSnapshot() =>
        _byTopic.Count == 0 ? null : [.. _byTopic.Select(d => d.Value.ToSnapshot(new TopicId(d.Key)))];

    public static DirectoryTable FromSnapshot(IReadOnlyList<DirectoryDto>? directories, TopicTable topics)
    {
        var table = new DirectoryTable();
        foreach (DirectoryDto dto in directories ?? [])
        {
            table._byTopic.Add(
                dto.Topic,
                KeyDirectory.FromSnapshot(dto, topics.Get(new TopicId(dto.Topic)).Route.Partitions));
        }

        return table;
    }

    private void Place(KeysPlaced placed)
    {
        KeyDirectory directory = Get(placed.Topic);
        for (int i = 0; i < placed.Keys.Count; i++)
        {
            directory.Add(placed.Keys[i], placed.Partitions[i]);
        }
    }

    private KeyDirectory Get(TopicId topic) =>
        Find(topic) ?? throw new StateException($"{topic} has no key directory");
}
