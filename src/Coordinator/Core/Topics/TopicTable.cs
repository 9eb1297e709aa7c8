using System.Collections.Immutable;
using Millrace.Common.Model;
using Millrace.Coordinator.Core.Recovery;
using Millrace.Coordinator.Core.Topics.Partitioning;

namespace Millrace.Coordinator.Core.Topics;

/// <summary>The topics. Durable state.</summary>
internal sealed class TopicTable
{
    private readonly SortedDictionary<string, Topic> _byName = new(StringComparer.Ordinal);
    private readonly Dictionary<TopicId, Topic> _byId = [];

    public int Count => _byName.Count;

    public uint LastTopic { get; private set; }

    public uint LastPartition { get; private set; }

    /// <summary>By name.</summary>
    public IEnumerable<Topic> All => _byName.Values;

    public Routing Routing { get; private set; } = Routing.Empty;

    public Topic? Find(string name) => _byName.GetValueOrDefault(name);

    public Topic? Find(TopicId id) => _byId.GetValueOrDefault(id);

    public Topic Get(TopicId id) => _byId[id];

    public void Apply(TopicCreated created, ulong revision)
    {
        Add(
            created.Topic,
            created.Name,
            created.KeyGroupCount,
            [.. created.Partitions],
            created.RetentionMs,
            created.UnixMs,
            created.Partitioning);
        Routing = Routing with { Revision = revision };
    }

    public TopicsDto ToSnapshot() => new(
        Routing.Revision,
        LastTopic,
        LastPartition,
        [
            .. _byName.Values.Select(t => new TopicDto(
                t.Id.Value,
                t.Name,
                t.Route.KeyGroupCount,
                [.. t.Route.Partitions.Select(p => p.Value)],
                t.RetentionMs,
                t.CreatedUnixMs,
                t.Route.Partitioner.Spec)),
        ]);

    public static TopicTable FromSnapshot(TopicsDto dto)
    {
        var table = new TopicTable();
        foreach (TopicDto topic in dto.Topics)
        {
            ImmutableArray<PartitionId> partitions = [.. topic.Partitions.Select(p => new PartitionId(p))];
            table.Add(
                new TopicId(topic.Id),
                topic.Name,
                topic.KeyGroupCount,
                partitions,
                topic.RetentionMs,
                topic.CreatedUnixMs,
                topic.Partitioning);
        }

        table.LastTopic = dto.LastTopic;
        table.LastPartition = dto.LastPartition;
        table.Routing = table.Routing with { Revision = dto.RoutingRevision };
        return table;
    }

    private void Add(
        TopicId id,
        string name,
        int keyGroups,
        ImmutableArray<PartitionId> partitions,
        long retentionMs,
        long unixMs,
        PartitioningSpec? partitioning)
    {
        ImmutableArray<int> partitionOfGroup = PartitionMap.Even(partitions.Length, keyGroups);
        var route = new TopicRoute(id, name, partitionOfGroup, partitions)
        {
            Partitioner = Partitioner.Of(partitioning ?? PartitioningSpec.Default, keyGroups),
        };
        var topic = new Topic(id, name, route, retentionMs, unixMs);
        _byName.Add(name, topic);
        _byId.Add(id, topic);
        LastTopic = Math.Max(LastTopic, id.Value);
        LastPartition = Math.Max(LastPartition, partitions.Max(p => p.Value));
        Routing = Routing with { Topics = Routing.Topics.Add(name, route) };
    }
}
