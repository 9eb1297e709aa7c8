using Grpc.Core;
using Millrace.Protocol.Admin.V1;
using Millrace.Protocol.Ingest.V1;
using Millrace.Protocol.Query.V1;

namespace Millrace.Integration.Tests.Refusals;

/// <summary>Names outside [a-z0-9._-]{1,100}, and names of what is not there.</summary>
[Parallelizable(ParallelScope.Children)]
internal sealed class NameRefusalTests : RefusalTests
{
    private static readonly string[] Bad =
    [
        "Upper", "with space", "slash/slash", "../../etc/passwd", "nul\0byte", "line\nbreak", "kelvin-\u212A",
        new string('a', 101), "\u001b[31mred",
    ];

    [Test]
    public async Task Row85_CreateWithABadName_IsRefusedAndChangesNothing()
    {
        var topics = new TopicService.TopicServiceClient(Cluster.Channel);
        var jobs = new JobService.JobServiceClient(Cluster.Channel);
        foreach (string name in Bad)
        {
            await ExpectAsync(StatusCode.InvalidArgument, "BAD_NAME", async () =>
                await topics.CreateTopicAsync(new CreateTopicRequest { TopicId = name }, cancellationToken: Deadline));
            await ExpectAsync(StatusCode.InvalidArgument, "BAD_NAME", async () =>
                await jobs.DeployJobAsync(Count(name, Topic), cancellationToken: Deadline));
            await ExpectAsync(StatusCode.InvalidArgument, "BAD_NAME", () => OpenAsync(name));
        }

        await ExpectAsync(StatusCode.InvalidArgument, "BAD_NAME", async () =>
            await topics.CreateTopicAsync(new CreateTopicRequest(), cancellationToken: Deadline));
        await ExpectUnchangedAsync();
    }

    [Test]
    public async Task Row69_CallsAboutMissingThings_AreRefusedAndChangeNothing()
    {
        var topics = new TopicService.TopicServiceClient(Cluster.Channel);
        var jobs = new JobService.JobServiceClient(Cluster.Channel);
        var workers = new WorkerService.WorkerServiceClient(Cluster.Channel);
        var query = new QueryService.QueryServiceClient(Cluster.Channel);
        await ExpectAsync(StatusCode.NotFound, "NO_SUCH_TOPIC", async () =>
            await topics.GetTopicAsync(new GetTopicRequest { Name = "topics/nope" }, cancellationToken: Deadline));
        await ExpectAsync(StatusCode.NotFound, "NO_SUCH_JOB", async () =>
            await jobs.GetJobAsync(new GetJobRequest { Name = "jobs/nope" }, cancellationToken: Deadline));
        await ExpectAsync(StatusCode.NotFound, "NO_SUCH_WORKER", async () =>
            await workers.GetWorkerAsync(new GetWorkerRequest { Name = "workers/nope" }, cancellationToken: Deadline));
        await ExpectAsync(StatusCode.NotFound, "NO_SUCH_TOPIC", async () =>
            await jobs.DeployJobAsync(Count("job", "nope"), cancellationToken: Deadline));
        await ExpectAsync(StatusCode.NotFound, "NO_SUCH_JOB", async () =>
            await query.ScanAsync(new ScanRequest { Job = "nope" }, cancellationToken: Deadline));
        await ExpectAsync(StatusCode.NotFound, "NO_SUCH_TOPIC", () => ReadAsync(new ReadRequest { Topic = "nope" }));
        await ExpectAsync(StatusCode.NotFound, "NO_SUCH_PARTITION", () =>
            ReadAsync(new ReadRequest { Topic = Topic, PartitionIndex = 2 }));
        await ExpectUnchangedAsync();
    }

    [Test]
    public async Task Row68_CallsWithBadFields_AreRefusedAndChangeNothing()
    {
        var topics = new TopicService.TopicServiceClient(Cluster.Channel);
        var jobs = new JobService.JobServiceClient(Cluster.Channel);
        await ExpectAsync(StatusCode.AlreadyExists, "TOPIC_EXISTS", async () =>
            await topics.CreateTopicAsync(new CreateTopicRequest { TopicId = Topic }, cancellationToken: Deadline));
        await ExpectAsync(StatusCode.InvalidArgument, "BAD_FIELD", async () =>
            await topics.CreateTopicAsync(
                new CreateTopicRequest { TopicId = "t", Topic = new Topic { PartitionCount = 1025 } },
                cancellationToken: Deadline));
        await ExpectAsync(StatusCode.InvalidArgument, "BAD_FIELD", async () =>
            await topics.CreateTopicAsync(
                new CreateTopicRequest { TopicId = "t", Topic = new Topic { PartitionCount = 8, KeyGroupCount = 4 } },
                cancellationToken: Deadline));
        await ExpectAsync(StatusCode.InvalidArgument, "BAD_PAGE_TOKEN", async () =>
            await topics.ListTopicsAsync(new ListTopicsRequest { PageToken = "??" }, cancellationToken: Deadline));
        DeployJobRequest unknown = Count("job", Topic);
        unknown.Spec.Operator = "median";
        await ExpectAsync(StatusCode.InvalidArgument, "BAD_FIELD", async () =>
            await jobs.DeployJobAsync(unknown, cancellationToken: Deadline));
        await ExpectAsync(StatusCode.InvalidArgument, "BAD_FIELD", async () =>
            await jobs.DeployJobAsync(new DeployJobRequest { JobId = "job" }, cancellationToken: Deadline));
        await ExpectUnchangedAsync();
    }

    private static DeployJobRequest Count(string name, string topic) => new()
    {
        JobId = name,
        Spec = new JobSpec { Operator = "count", SourceTopics = { "topics/" + topic } },
    };

    private async Task ReadAsync(ReadRequest request)
    {
        using AsyncServerStreamingCall<ReadResponse> call = Ingest.Read(request, cancellationToken: Deadline);
        await call.ResponseStream.MoveNext(Deadline);
    }
}
