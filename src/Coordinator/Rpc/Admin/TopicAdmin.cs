using System.Globalization;
using Google.Protobuf.WellKnownTypes;
using Grpc.Core;
using Millrace.Common.Model;
using Millrace.Coordinator.Core;
using Millrace.Coordinator.Core.HotKeys;
using Millrace.Coordinator.Core.Topics.Partitioning;
using Millrace.Coordinator.Core.Views;
using Millrace.Coordinator.Ingest;
using Millrace.Coordinator.Loop;
using Millrace.Coordinator.Rpc.Paging;
using Proto = Millrace.Protocol.Admin.V1;

namespace Millrace.Coordinator.Rpc.Admin;

/// <summary>Topics and their partitions.</summary>
internal sealed class TopicAdmin(IControlLoop loop, ViewReader views, HotKeys hotKeys)
    : Proto.TopicService.TopicServiceBase
{
    private static readonly TimeSpan MaxRetention = TimeSpan.FromDays(36_500);

    public override async Task<Proto.ListTopicsResponse> ListTopics(
        Proto.ListTopicsRequest request, ServerCallContext context)
    {
        ClusterView view = await views.ReadAsync(context.CancellationToken);
        Page<TopicView> page = Pages.Cut(
            view.Topics, topic => topic.Name, request.PageSize, request.PageToken, "ListTopics");
        return new()
        {
            Topics = { page.Rows.Select(AdminMessages.ToProto) },
            NextPageToken = page.NextToken,
            TotalSize = page.TotalSize,
        };
    }

    public override async Task<Proto.GetTopicResponse> GetTopic(
        Proto.GetTopicRequest request, ServerCallContext context)
    {
        string name = ResourceNames.Parse("topics", request.Name, "name");
        TopicView topic = await GetAsync(name, context.CancellationToken);
        return new()
        {
            Topic = topic.ToProto(),
            Partitions = { topic.Partitions.Select(partition => PartitioningMessages.WithRange(partition, topic)) },
        };
    }

    public override async Task<Proto.CreateTopicResponse> CreateTopic(
        Proto.CreateTopicRequest request, ServerCallContext context)
    {
        Proto.Topic asked = request.Topic ?? new();
        int partitions = Count(asked.PartitionCount, "topic.partition_count");
        int groups = Count(asked.KeyGroupCount, "topic.key_group_count");
        long retentionMs = Milliseconds(asked.RetentionDuration);
        PartitioningSpec? partitioning = PartitioningMessages.Read(asked.Partitioning);
        Request? id = RequestIds.Read(
            request.RequestId,
            $"CreateTopic {request.TopicId} {partitions} {groups} {retentionMs} {request.ValidateOnly}"
            + (partitioning is null ? "" : $" {asked.Partitioning}"));
        CreatedTopic created = await loop.AskAsync<CreatedTopic>(
            call => new CreateTopic(
                call, request.TopicId, partitions, groups, retentionMs, id, request.ValidateOnly, partitioning),
            context.CancellationToken);
        TopicView? topic = await FindAsync(created.Name, context.CancellationToken);
        return new()
        {
            Topic = topic?.ToProto() ?? new(asked) { Name = ResourceNames.Topic(created.Name) },
        };
    }

    public override async Task<Proto.ListHotKeysResponse> ListHotKeys(
        Proto.ListHotKeysRequest request, ServerCallContext context)
    {
        string name = ResourceNames.Parse("topics", request.Name, "name");
        ClusterView view = await views.ReadAsync(context.CancellationToken);
        TopicView topic = view.Topics.FirstOrDefault(t => t.Name == name) ?? throw ResourceNames.Missing("topic", name);
        int limit = Pages.SizeOf(request.Limit, HotKeyMessages.DefaultLimit);
        IReadOnlyList<HeavyKey> keys = hotKeys.Top(topic.Id, limit, out ulong sampled);
        LocatedKeys located = await loop.AskAsync<LocatedKeys>(
            call => new LocateKeys(call, name, [.. keys.Select(k => k.Key)]), context.CancellationToken);
        return HotKeyMessages.Write(view, topic, keys, located, sampled);
    }

    public override async Task<Proto.ListPartitionsResponse> ListPartitions(
        Proto.ListPartitionsRequest request, ServerCallContext context)
    {
        string name = ResourceNames.Parse("topics", request.Parent, "parent");
        TopicView topic = await GetAsync(name, context.CancellationToken);
        Page<PartitionView> page = Pages.Cut(
            topic.Partitions,
            partition => partition.Index.ToString("D10", CultureInfo.InvariantCulture),
            request.PageSize,
            request.PageToken,
            $"ListPartitions {name}");
        return new()
        {
            Partitions = { page.Rows.Select(partition => partition.ToProto(name)) },
            NextPageToken = page.NextToken,
            TotalSize = page.TotalSize,
        };
    }

    public override async Task<Proto.SplitPartitionResponse> SplitPartition(
        Proto.SplitPartitionRequest request, ServerCallContext context)
    {
        (string topic, int index) = ResourceNames.ParsePartition(request.Name, "name");
        int at = Count(request.AtKeyGroup, "at_key_group");
        MapChange change = ChangeOf(
            request.Etag,
            request.RequestId,
            $"SplitPartition {request.Name} {at} {request.Etag} {request.ValidateOnly}"
            + (request.AtKey.IsEmpty && request.Keys.Count == 0 ? "" : $" {request.AtKey.ToBase64()} {request.Keys}"),
            request.ValidateOnly);
        ReplacedPartitions made = await loop.AskAsync<ReplacedPartitions>(
            call => new SplitPartition(call, topic, index, at, change)
            {
                AtKey = request.AtKey.ToByteArray(),
                Keys = [.. request.Keys.Select(k => k.ToByteArray())],
            },
            context.CancellationToken);
        return new() { Names = { made.Opened.Select(i => ResourceNames.Partition(topic, i)) }, Basis = made.Basis };
    }

    public override async Task<Proto.MergePartitionsResponse> MergePartitions(
        Proto.MergePartitionsRequest request, ServerCallContext context)
    {
        (string topic, int index) = ResourceNames.ParsePartition(request.Name, "name");
        (string otherTopic, int other) = ResourceNames.ParsePartition(request.Other, "other");
        if (otherTopic != topic)
        {
            throw new RefusalException(Refusal.BadField("other", $"other must be a partition of topic {topic} too."));
        }

        MapChange change = ChangeOf(
            request.Etag,
            request.RequestId,
            $"MergePartitions {request.Name} {request.Other} {request.Etag} {request.ValidateOnly}",
            request.ValidateOnly);
        ReplacedPartitions made = await loop.AskAsync<ReplacedPartitions>(
            call => new MergePartitions(call, topic, index, other, change), context.CancellationToken);
        return new() { Name = ResourceNames.Partition(topic, made.Opened[0]) };
    }

    /// <exception cref="RefusalException">BAD_FIELD: it is none of ours.</exception>
    private static MapChange ChangeOf(string etag, string requestId, string content, bool validateOnly)
    {
        ulong revision = 0;
        return etag.Length == 0
            || ulong.TryParse(etag, NumberStyles.None, CultureInfo.InvariantCulture, out revision)
                ? new MapChange(etag.Length == 0 ? null : revision, RequestIds.Read(requestId, content), validateOnly)
                : throw new RefusalException(Refusal.BadField("etag", "etag must be one that a topic has shown."));
    }

    private static int Count(uint value, string field) =>
        value <= int.MaxValue
            ? (int)value
            : throw new RefusalException(Refusal.BadField(field, $"{field} is too large."));

    private static long Milliseconds(Duration? duration)
    {
        if (duration is null)
        {
            return 0;
        }

        long milliseconds = duration.Nanos is >= 0 and < 1_000_000_000
            && duration.Seconds >= 0
            && duration.Seconds <= (long)MaxRetention.TotalSeconds
                ? (duration.Seconds * 1_000) + ((duration.Nanos + 999_999) / 1_000_000)
                : -1;
        return milliseconds >= 0
            ? milliseconds
            : throw new RefusalException(Refusal.BadField(
                "topic.retention_duration", $"retention_duration must be 0 to {MaxRetention.TotalDays:0} days."));
    }

    private async Task<TopicView> GetAsync(string name, CancellationToken cancellation) =>
        await FindAsync(name, cancellation) ?? throw ResourceNames.Missing("topic", name);

    private async Task<TopicView?> FindAsync(string name, CancellationToken cancellation)
    {
        ClusterView view = await views.ReadAsync(cancellation);
        return view.Topics.FirstOrDefault(topic => topic.Name == name);
    }
}
