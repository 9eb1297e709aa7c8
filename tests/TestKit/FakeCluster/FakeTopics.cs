using Google.Protobuf;
using Grpc.Core;
using Millrace.Common.Model;
using Millrace.Common.Wire;
using Millrace.Protocol.Admin.V1;

namespace Millrace.TestKit.FakeCluster;

/// <summary>Topics by name, in pages of two.</summary>
public sealed class FakeTopics : TopicService.TopicServiceBase
{
    private const int PageSize = 2;

    public List<Topic> All { get; } = [];

    public ListHotKeysResponse Hot { get; } = new();

    public List<CreateTopicRequest> Created { get; } = [];

    private readonly Dictionary<string, ulong> _ends = [];

    /// <summary>Says how many events the topic's only partition holds.</summary>
    public void SetEnd(string topic, ulong nextOffset) => _ends["topics/" + topic] = nextOffset;

    public override Task<ListTopicsResponse> ListTopics(ListTopicsRequest request, ServerCallContext context)
    {
        int skip = request.PageToken.Length == 0 ? 0 : int.Parse(request.PageToken);
        var page = new ListTopicsResponse { TotalSize = All.Count };
        page.Topics.AddRange(All.Skip(skip).Take(PageSize));
        page.NextPageToken = skip + PageSize < All.Count ? $"{skip + PageSize}" : "";
        return Task.FromResult(page);
    }

    public override Task<GetTopicResponse> GetTopic(GetTopicRequest request, ServerCallContext context)
    {
        Topic topic = All.Find(t => t.Name == request.Name)
            ?? throw new Refusal(RefusalKind.NotFound, "NO_SUCH_TOPIC", $"No {request.Name}.").ToRpcException();
        var response = new GetTopicResponse { Topic = topic };
        IReadOnlyList<ByteString> points = topic.Partitioning?.RangeByKey?.SplitPoints.ToArray() ?? [];
        for (uint i = 0; i < topic.PartitionCount; i++)
        {
            ulong end = _ends.GetValueOrDefault(topic.Name);
            string name = $"{topic.Name}/partitions/{i}";
            response.Partitions.Add(new Partition
            {
                Name = name,
                Index = i,
                NextOffset = end,
                FirstKey = i > 0 && i <= points.Count ? points[(int)i - 1] : ByteString.Empty,
                EndKey = i < points.Count ? points[(int)i] : ByteString.Empty,
            });
        }

        return Task.FromResult(response);
    }

    public override Task<ListHotKeysResponse> ListHotKeys(ListHotKeysRequest request, ServerCallContext context) =>
        Task.FromResult(Hot);

    public override Task<CreateTopicResponse> CreateTopic(CreateTopicRequest request, ServerCallContext context)
    {
        string name = "topics/" + request.TopicId;
        if (All.Exists(t => t.Name == name))
        {
            throw new Refusal(RefusalKind.AlreadyExists, "TOPIC_EXISTS", $"{name} exists.").ToRpcException();
        }

        Topic topic = request.Topic.Clone();
        topic.Name = name;
        topic.PartitionCount = topic.PartitionCount == 0 ? 16 : topic.PartitionCount;
        All.Add(topic);
        Created.Add(request);
        return Task.FromResult(new CreateTopicResponse { Topic = topic });
    }
}
