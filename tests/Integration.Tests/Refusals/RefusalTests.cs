using System.Diagnostics.CodeAnalysis;
using Grpc.Core;
using Millrace.Integration.Tests.Driving;
using Millrace.Integration.Tests.Processes;
using Millrace.Protocol.Admin.V1;
using Millrace.Protocol.Ingest.V1;

namespace Millrace.Integration.Tests.Refusals;

/// <summary>A real coordinator with one topic and ten events, which no bad input may change.</summary>
internal abstract class RefusalTests : ClusterTests
{
    protected const string Topic = "words";
    protected const string Producer = "producer-1";
    protected const int Stored = 10;

    private const int Partitions = 2;

    private string _before = "";

    protected static Workload Events { get; } = new();

    [SuppressMessage("Structure", "NUnit1032", Justification = "The base class disposes of every cluster.")]
    protected TestCluster Cluster { get; private set; } = null!;

    protected IngestService.IngestServiceClient Ingest { get; private set; } = null!;

    protected ulong Epoch { get; set; }

    [SetUp]
    public async Task StartCoordinatorAsync()
    {
        Cluster = NewCluster();
        await Cluster.StartCoordinatorAsync("", Deadline);
        Ingest = new IngestService.IngestServiceClient(Cluster.Channel);
        await new TopicService.TopicServiceClient(Cluster.Channel).CreateTopicAsync(
            new CreateTopicRequest { TopicId = Topic, Topic = new Topic { PartitionCount = Partitions } },
            cancellationToken: Deadline);
        Epoch = (await OpenAsync(Producer)).ProducerEpoch;
        await Ingest.PublishBatchAsync(Batch(1, Stored), cancellationToken: Deadline);
        _before = await FingerprintAsync();
    }

    protected async Task<OpenProducerResponse> OpenAsync(string id) =>
        await Ingest.OpenProducerAsync(new OpenProducerRequest { ProducerId = id }, cancellationToken: Deadline);

    protected PublishBatchRequest Batch(long first, int count)
    {
        var request = new PublishBatchRequest
        {
            ProducerId = Producer,
            ProducerEpoch = Epoch,
            Topic = Topic,
            FirstSequence = (ulong)first,
        };
        for (long n = first; n < first + count; n++)
        {
            request.Events.Add(Events.Make(Producer, n));
        }

        return request;
    }

    /// <summary>The call is refused with this status and reason, and says something to people.</summary>
    protected static async Task ExpectAsync(StatusCode code, string reason, Func<Task> call)
    {
        RpcException error = (await Assert.ThrowsAsync<RpcException>(() => call()))!;
        await TestContext.Out.WriteLineAsync($"{error.StatusCode} {Faults.Reason(error)}: {error.Status.Detail}");
        Assert.Multiple(() =>
        {
            Assert.That(error.StatusCode, Is.EqualTo(code), error.Status.Detail);
            Assert.That(Faults.Reason(error), Is.EqualTo(reason), error.Status.Detail);
            Assert.That(error.Status.Detail, Is.Not.Empty);
            Assert.That(error.Trailers.GetValueBytes("grpc-status-details-bin"), Is.Not.Null.And.Not.Empty);
        });
    }

    /// <summary>Nothing that the coordinator knows or stores has changed since the test began.</summary>
    protected async Task ExpectUnchangedAsync() => Assert.That(await FingerprintAsync(), Is.EqualTo(_before));

    private async Task<string> FingerprintAsync()
    {
        var clusters = new ClusterService.ClusterServiceClient(Cluster.Channel);
        GetClusterResponse state = await clusters.GetClusterAsync(new GetClusterRequest(), cancellationToken: Deadline);
        ListTopicsResponse topics = await new TopicService.TopicServiceClient(Cluster.Channel).ListTopicsAsync(
            new ListTopicsRequest(), cancellationToken: Deadline);
        ListJobsResponse jobs = await new JobService.JobServiceClient(Cluster.Channel).ListJobsAsync(
            new ListJobsRequest(), cancellationToken: Deadline);
        var log = await new ClusterReader(Cluster.Channel, Deadline).LogAsync(Topic, Partitions);
        return $"revision {state.Cluster.Revision}, {state.Cluster.EventCount} events\n{topics}\n{jobs}\n"
            + string.Join('\n', log);
    }
}
