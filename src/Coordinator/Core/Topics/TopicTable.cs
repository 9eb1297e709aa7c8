using System.Collections.Immutable;
using Millrace.Common.Failpoints;
using Millrace.Common.Keys;
using Millrace.Common.Model;
using Millrace.Coordinator.Core.Recovery;
using Millrace.Coordinator.Core.Topics.Partitioning;

namespace Millrace.Coordinator.Core.Topics;

/// <summary>The topics. Durable state.</summary>
internal sealed class TopicTable
{
    private readonly SortedDictionary<string, Topic> _byName = new(StringComparer.Ordinal);
    private readonly Dictionary<TopicId, Topic> _byId = [];
    private readonly Dictionary<PartitionId, (TopicId Topic, int Index)> _places = [];

    /// <summary>Topics whose partitions change at the end of the open frame.</summary>
    private readonly SortedSet<uint> _changing = [];

    /// <summary>The first live range of topics by event time from the end of the open frame on.</summary>
    private readonly SortedDictionary<uint, long> _advancing = [];

    public int Count => _byName.Count;

    public uint LastTopic { get; private set; }

    public uint LastPartition { get; private set; }

    /// <summary>By name.</summary>
    public IEnumerable<Topic> All => _byName.Values;

    public Routing Routing { get; private set; } = Routing.Empty;

    public Topic? Find(string name) => _byName.GetValueOrDefault(name);

    public Topic? Find(TopicId id) => _byId.GetValueOrDefault(id);

    public Topic Get(TopicId id) => _byId[id];

    public Topic TopicOf(PartitionId partition) => _byId[_places[partition].Topic];

    public Partition Get(PartitionId partition) => TopicOf(partition).Find(_places[partition].Index)!;

    public void Apply(TopicCreated created, ulong revision)
    {
        Add(
            new TopicDto(
                created.Topic.Value,
                created.Name,
                created.KeyGroupCount,
                [.. created.Partitions.Select(p => p.Value)],
                created.RetentionMs,
                created.UnixMs,
                created.Partitioning,
                FirstLive: created.Partitioning?.Time is { } time
                    ? TimeRangePartitioner.FirstLiveAt(time, created.UnixMs)
                    : 0),
            PartitionMap.Even(
                created.Partitions, created.KeyGroupCount, created.Partitioning ?? PartitioningSpec.Default));
        Revise(revision);
    }

    /// <summary>Until the frame ends, events still go to the partitions that it seals: so a frame that holds events of
    /// the new ones always ends above the seal.</summary>
    /// <exception cref="StateException">It is not a change of open partitions to new ones with the same key
    /// groups.</exception>
    public void Apply(PartitionsReplaced replaced, ulong revision)
    {
        Topic topic = Get(replaced.Topic);
        ImmutableArray<PartitionId> children = [.. replaced.Opened.Select(o => o.Partition)];
        Partition[] partitions = [.. topic.Partitions];
        foreach (PartitionId id in replaced.Sealed)
        {
            int at = Array.FindIndex(partitions, p => p.Id == id);
            partitions[at] = partitions[at].IsOpen
                ? partitions[at] with { Children = children }
                : throw new StateException($"{id} is sealed twice");
        }

        ImmutableArray<PartitionId> parents = [.. replaced.Sealed];
        foreach (NewPartition opened in replaced.Opened)
        {
            int index = partitions[^1].Index + 1;
            if (opened.Partition.Value <= LastPartition || opened.Index != index)
            {
                throw new StateException($"{opened.Partition}, {index} in its topic, is not new");
            }

            partitions =
            [
                .. partitions,
                new Partition(opened.Partition, index, opened.KeyGroups)
                {
                    Parents = parents,
                    Share = opened.Share,
                },
            ];
            Note(topic.Id, opened.Partition, index);
        }

        PartitionMap.Of(partitions, topic.Route.KeyGroupCount, topic.Route.Partitioner.Spec);
        Set(topic with { Partitions = [.. partitions], MapRevision = revision });
        _changing.Add(topic.Id.Value);
    }

    /// <exception cref="StateException">One of them is open.</exception>
    public void Apply(PartitionsForgotten forgotten, PartitionLedger ledger, ulong revision)
    {
        Topic topic = Get(forgotten.Topic);
        ulong events = 0;
        foreach (PartitionId id in forgotten.Partitions)
        {
            events += Get(id).SealedAt > 0
                ? ledger.Get(id).NextOffset
                : throw new StateException($"{id} is forgotten but not sealed");
            _places.Remove(id);
        }

        ImmutableArray<Partition> partitions =
        [
            .. topic.Partitions.Where(p => !forgotten.Partitions.Contains(p.Id))
                .Select(p => p with { Parents = p.Parents.RemoveRange(forgotten.Partitions) }),
        ];
        TopicRoute route = topic.Route with { Partitions = IdsOf(partitions), Ends = EndsOf(partitions) };
        Set(topic with
        {
            Partitions = partitions,
            Route = route,
            ForgottenEvents = topic.ForgottenEvents + events,
        });
        Routing = Routing with { Topics = Routing.Topics.SetItem(topic.Name, route) };
        Revise(revision);
    }

    public void Apply(RangesAdvanced advanced) => _advancing[advanced.Topic.Value] = advanced.FirstLive;

    /// <summary>The first live range of a topic, as it has been decided.</summary>
    public long FirstLive(TopicId topic, TimeRangePartitioner ranges) =>
        _advancing.GetValueOrDefault(topic.Value, ranges.FirstLive);

    /// <summary>A frame is complete and counted: from the next one on events go to the new partitions.</summary>
    /// <returns>The topics of which partitions are sealed.</returns>
    public IReadOnlyList<Topic> FrameEnded(ulong end, ulong revision, PartitionLedger ledger)
    {
        if (_changing.Count + _advancing.Count == 0)
        {
            return [];
        }

        Topic[] changed = Seal(end, ledger);
        Advance(ledger);
        Revise(revision);
        return changed;
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
                [.. t.Partitions.Select(p => p.Id.Value)],
                t.RetentionMs,
                t.CreatedUnixMs,
                t.Route.Partitioner.Spec,
                [.. t.Partitions.Select(ShapeDto.Of)],
                t.MapRevision,
                t.Route.Partitioner is TimeRangePartitioner ranges ? ranges.FirstLive : 0,
                t.ForgottenEvents)),
        ]);

    public static TopicTable FromSnapshot(TopicsDto dto)
    {
        var table = new TopicTable();
        foreach (TopicDto topic in dto.Topics)
        {
            PartitionId[] ids = [.. topic.Partitions.Select(p => new PartitionId(p))];
            table.Add(
                Mutants.Is(Mutant.HashChangesOnRestart) && topic.Partitioning?.IsCutByKey != true
                    ? topic with { Partitioning = new PartitioningSpec(PartitioningKind.Hash, KeyFunction.Sha1) }
                    : topic,
                AreComplete(topic)
                    ? [.. topic.Shapes!.Select((shape, index) => shape.ToPartition(ids[index], index))]
                    : PartitionMap.Even(ids, topic.KeyGroupCount, topic.Partitioning ?? PartitioningSpec.Default));
        }

        table.LastTopic = dto.LastTopic;
        table.LastPartition = dto.LastPartition;
        table.Routing = table.Routing with { Revision = dto.RoutingRevision };
        return table;
    }

    /// <summary>A program that could not change such partitions did not write what they hold: it is as they were
    /// made.</summary>
    private static bool AreComplete(TopicDto topic) =>
        topic.Shapes is { } shapes
        && (topic.Partitioning?.SplitPoints is null || shapes.All(s => s.Share is not null));

    private Topic[] Seal(ulong end, PartitionLedger ledger)
    {
        var changed = new List<Topic>();
        foreach (uint id in _changing)
        {
            Topic topic = Get(new TopicId(id));
            ImmutableArray<Partition> partitions =
            [
                .. topic.Partitions.Select(p => p with
                {
                    SealedAt = p.IsOpen || p.SealedAt > 0 ? p.SealedAt : end,
                    EndOffset = p.IsOpen ? 0 : ledger.Get(p.Id).NextOffset,
                    OpenedAt = p.Parents.IsEmpty || p.OpenedAt > 0 ? p.OpenedAt : end,
                }),
            ];
            topic = topic with { Partitions = partitions, Route = RouteOf(topic.Route, partitions) };
            Set(topic);
            changed.Add(topic);
            Routing = Routing with { Topics = Routing.Topics.SetItem(topic.Name, topic.Route) };
        }

        _changing.Clear();
        return [.. changed];
    }

    /// <summary>A partition that held a range which is not kept any more begins where it ends now.</summary>
    private void Advance(PartitionLedger ledger)
    {
        foreach ((uint id, long firstLive) in _advancing)
        {
            Topic topic = Get(new TopicId(id));
            var before = (TimeRangePartitioner)topic.Route.Partitioner;
            var ranges = new TimeRangePartitioner(before.Spec, firstLive);
            topic = topic with { Route = topic.Route with { Partitioner = ranges } };
            Set(topic);
            Routing = Routing with { Topics = Routing.Topics.SetItem(topic.Name, topic.Route) };
            foreach (Partition partition in topic.Partitions)
            {
                if (before.RangeIn(partition.Index) != ranges.RangeIn(partition.Index))
                {
                    ledger.BeginAnew(partition.Id);
                }
            }
        }

        _advancing.Clear();
    }

    private static TopicRoute RouteOf(TopicRoute route, ImmutableArray<Partition> partitions)
    {
        PartitioningSpec spec = route.Partitioner.Spec;
        return route with
        {
            PartitionOfGroup = PartitionMap.Of(partitions, route.KeyGroupCount, spec),
            Partitioner = spec.SplitPoints is null
                ? route.Partitioner
                : new KeyRangePartitioner(spec with { SplitPoints = PartitionMap.PointsOf(partitions) }),
            Partitions = IdsOf(partitions),
            Ends = EndsOf(partitions),
        };
    }

    /// <summary>By index; 0, which no partition is, where one is forgotten.</summary>
    private static ImmutableArray<PartitionId> IdsOf(ImmutableArray<Partition> partitions)
    {
        var ids = new PartitionId[partitions[^1].Index + 1];
        foreach (Partition partition in partitions)
        {
            ids[partition.Index] = partition.Id;
        }

        return [.. ids];
    }

    private static ImmutableDictionary<int, PartitionEnd> EndsOf(ImmutableArray<Partition> partitions)
    {
        Dictionary<PartitionId, int> indices = partitions.ToDictionary(p => p.Id, p => p.Index);
        return partitions.Where(p => !p.IsOpen).ToImmutableDictionary(
            p => p.Index,
            p => new PartitionEnd(p.SealedAt, p.EndOffset, [.. p.Children.Select(c => indices[c])]));
    }

    private void Add(TopicDto made, ImmutableArray<Partition> partitions)
    {
        var id = new TopicId(made.Id);
        ImmutableArray<int> even = [.. Enumerable.Repeat(0, made.KeyGroupCount)];
        var bare = new TopicRoute(id, made.Name, even, [])
        {
            Partitioner = Partitioner.Of(
                made.Partitioning ?? PartitioningSpec.Default, made.KeyGroupCount, made.FirstLive),
        };
        TopicRoute route = RouteOf(bare, partitions);
        Set(new Topic(id, made.Name, route, made.RetentionMs, made.CreatedUnixMs)
        {
            Partitions = partitions,
            MapRevision = made.MapRevision,
            ForgottenEvents = made.ForgottenEvents,
        });
        foreach (Partition partition in partitions)
        {
            Note(id, partition.Id, partition.Index);
        }

        LastTopic = Math.Max(LastTopic, made.Id);
        Routing = Routing with { Topics = Routing.Topics.Add(made.Name, route) };
    }

    private void Note(TopicId topic, PartitionId partition, int index)
    {
        _places.Add(partition, (topic, index));
        LastPartition = Math.Max(LastPartition, partition.Value);
    }

    private void Set(Topic topic)
    {
        _byName[topic.Name] = topic;
        _byId[topic.Id] = topic;
    }

    /// <summary>No two routings have the same revision: the end of a frame is none of its own.</summary>
    private void Revise(ulong revision) =>
        Routing = Routing with { Revision = Math.Max(revision, Routing.Revision + 1) };
}
