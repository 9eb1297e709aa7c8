using Google.Protobuf.WellKnownTypes;
using Grpc.Core;
using Millrace.Coordinator.Tests.Rpc;
using Millrace.Protocol.Admin.V1;

namespace Millrace.Coordinator.Tests.Hosting;

/// <summary>The admin services over the real machine, journal and wire.</summary>
public sealed class AdminServicesTests
{
    private string _directory = "";
    private RunningCoordinator _coordinator = null!;

    [OneTimeSetUp]
    public async Task StartAsync()
    {
        _directory = Directory.CreateTempSubdirectory("millrace-test-").FullName;
        _coordinator = await RunningCoordinator.StartAsync(_directory);
    }

    [OneTimeTearDown]
    public async Task StopAsync()
    {
        await _coordinator.DisposeAsync();
        Directory.Delete(_directory, recursive: true);
    }

    [Test]
    public async Task CreateTopic_WithNumbers_AnswersWithTheTopic()
    {
        CreateTopicResponse created = await _coordinator.Topics.CreateTopicAsync(new()
        {
            TopicId = "numbers",
            Topic = new()
            {
                PartitionCount = 3,
                KeyGroupCount = 10,
                RetentionDuration = Duration.FromTimeSpan(TimeSpan.FromHours(1)),
            },
        });
        GetTopicResponse got = await _coordinator.Topics.GetTopicAsync(new() { Name = "topics/numbers" });

        Assert.Multiple(() =>
        {
            Assert.That(got.Topic, Is.EqualTo(created.Topic));
            Assert.That(created.Topic.RetentionDuration.Seconds, Is.EqualTo(3600));
            Assert.That(
                got.Partitions.Select(p => (p.Index, p.FirstKeyGroup, p.EndKeyGroup)),
                Is.EqualTo(new[] { (0U, 0U, 3U), (1U, 3U, 6U), (2U, 6U, 10U) }));
        });
    }

    [TestCase("Bad", 1U, 1U, 0L, "BAD_NAME")]
    [TestCase("many", 5_000U, 5_000U, 0L, "BAD_FIELD")]
    [TestCase("many", uint.MaxValue, 1U, 0L, "BAD_FIELD")]
    [TestCase("few-groups", 16U, 4U, 0L, "BAD_FIELD")]
    [TestCase("back-in-time", 1U, 1U, -1L, "BAD_FIELD")]
    [TestCase("forever", 1U, 1U, long.MaxValue, "BAD_FIELD")]
    public async Task CreateTopic_BadRequest_IsRefusedAndMakesNothing(
        string name, uint partitions, uint groups, long retentionSeconds, string reason)
    {
        var request = new CreateTopicRequest
        {
            TopicId = name,
            Topic = new()
            {
                PartitionCount = partitions,
                KeyGroupCount = groups,
                RetentionDuration = new() { Seconds = retentionSeconds },
            },
        };

        Assert.That(
            (await RpcServer.RefusalOfAsync(async () => await _coordinator.Topics.CreateTopicAsync(request))).Reason,
            Is.EqualTo(reason));
        ListTopicsResponse topics = await _coordinator.Topics.ListTopicsAsync(new() { PageSize = 1000 });
        Assert.That(topics.Topics.Select(t => t.Name), Does.Not.Contain("topics/" + name));
    }

    [Test]
    public async Task CreateTopic_SameRequestIdAgain_GivesTheSameAnswerAndOtherContentIsRefused()
    {
        var request = new CreateTopicRequest { TopicId = "once", RequestId = "r-1" };
        CreateTopicResponse first = await _coordinator.Topics.CreateTopicAsync(request);
        CreateTopicResponse again = await _coordinator.Topics.CreateTopicAsync(request);
        var other = new CreateTopicRequest { TopicId = "twice", RequestId = "r-1" };
        var plain = new CreateTopicRequest { TopicId = "once" };

        Assert.That(again, Is.EqualTo(first));
        Assert.That(
            (await RpcServer.RefusalOfAsync(async () => await _coordinator.Topics.CreateTopicAsync(other))).Reason,
            Is.EqualTo("REQUEST_ID_REUSED"));
        Assert.That(
            (await RpcServer.RefusalOfAsync(async () => await _coordinator.Topics.CreateTopicAsync(plain))).Reason,
            Is.EqualTo("TOPIC_EXISTS"));
    }

    [Test]
    public async Task CreateTopic_ValidateOnly_ChangesNothing()
    {
        await _coordinator.Topics.CreateTopicAsync(new() { TopicId = "maybe", ValidateOnly = true });

        Assert.That(
            (await RpcServer.RefusalOfAsync(async () =>
                await _coordinator.Topics.GetTopicAsync(new() { Name = "topics/maybe" }))).Reason,
            Is.EqualTo("NO_SUCH_TOPIC"));
    }

    [Test]
    public async Task ListTopics_PageByPage_GivesEachOnceInOrder()
    {
        for (int i = 0; i < 7; i++)
        {
            await _coordinator.Topics.CreateTopicAsync(new()
            {
                TopicId = $"page-{i}",
                Topic = new() { PartitionCount = 1 },
            });
        }

        var seen = new List<string>();
        string token = "";
        do
        {
            ListTopicsResponse page = await _coordinator.Topics.ListTopicsAsync(
                new() { PageSize = 2, PageToken = token });
            Assert.That(page.Topics, Has.Count.LessThanOrEqualTo(2));
            seen.AddRange(page.Topics.Select(t => t.Name));
            token = page.NextPageToken;
        }
        while (token.Length > 0);

        ListTopicsResponse all = await _coordinator.Topics.ListTopicsAsync(new() { PageSize = 1000 });
        Assert.Multiple(() =>
        {
            Assert.That(seen, Is.EqualTo(all.Topics.Select(t => t.Name)));
            Assert.That(seen, Is.Ordered.Using((IComparer<string>)StringComparer.Ordinal));
            Assert.That(all.TotalSize, Is.EqualTo(seen.Count));
        });
    }

    [Test]
    public async Task DeployJob_OverATopic_HasAnAssignmentForEachPartition()
    {
        await _coordinator.Topics.CreateTopicAsync(new()
        {
            TopicId = "source",
            Topic = new() { PartitionCount = 3 },
        });
        DeployJobResponse deployed = await _coordinator.Jobs.DeployJobAsync(new()
        {
            JobId = "counting",
            Spec = new() { Operator = "count", SourceTopics = { "topics/source" } },
        });
        ListAssignmentsResponse assignments = await _coordinator.Assignments.ListAssignmentsAsync(
            new() { Parent = "jobs/counting" });

        Assert.Multiple(() =>
        {
            Assert.That(deployed.Job.State, Is.EqualTo(JobState.Pending));
            Assert.That(deployed.Job.UnassignedCount, Is.EqualTo(3));
            Assert.That(deployed.Job.Spec.SourceTopics, Is.EqualTo(new[] { "topics/source" }));
            Assert.That(
                assignments.Assignments.Select(a => a.Name),
                Is.EqualTo(Enumerable.Range(0, 3).Select(i => $"jobs/counting/assignments/count-{i}")));
            Assert.That(
                assignments.Assignments.Select(a => a.State), Is.All.EqualTo(AssignmentState.Unassigned));
        });
        GetAssignmentResponse one = await _coordinator.Assignments.GetAssignmentAsync(
            new() { Name = "jobs/counting/assignments/count-1" });
        Assert.That(one.Assignment, Is.EqualTo(assignments.Assignments[1]));
    }

    [TestCase("topics/nowhere", "count", "NO_SUCH_TOPIC")]
    [TestCase("nowhere", "count", "BAD_NAME")]
    [TestCase("", "count", "BAD_FIELD")]
    [TestCase("topics/nowhere", "divide", "BAD_FIELD")]
    public async Task DeployJob_BadRequest_IsRefused(string topic, string operatorName, string reason)
    {
        var request = new DeployJobRequest { JobId = "bad", Spec = new() { Operator = operatorName } };
        if (topic.Length > 0)
        {
            request.Spec.SourceTopics.Add(topic);
        }

        Assert.That(
            (await RpcServer.RefusalOfAsync(async () => await _coordinator.Jobs.DeployJobAsync(request))).Reason,
            Is.EqualTo(reason));
    }

    [Test]
    public async Task Get_WhatIsNotThere_IsRefusedByKind()
    {
        var calls = new (string Reason, Func<Task> Call)[]
        {
            ("NO_SUCH_WORKER", async () => await _coordinator.Workers.GetWorkerAsync(new() { Name = "workers/w" })),
            ("NO_SUCH_JOB", async () => await _coordinator.Jobs.GetJobAsync(new() { Name = "jobs/j" })),
            ("NO_SUCH_ASSIGNMENT", async () => await _coordinator.Assignments.GetAssignmentAsync(
                new() { Name = "jobs/j/assignments/count-0" })),
            ("NO_SUCH_JOB", async () => await _coordinator.Assignments.ListAssignmentsAsync(
                new() { Parent = "jobs/j" })),
            ("BAD_NAME", async () => await _coordinator.Workers.GetWorkerAsync(new() { Name = "w" })),
            ("BAD_PAGE_TOKEN", async () => await _coordinator.Workers.ListWorkersAsync(new() { PageToken = "x" })),
            ("BAD_FIELD", async () => await _coordinator.Workers.ListWorkersAsync(new() { PageSize = -1 })),
        };
        foreach ((string reason, Func<Task> call) in calls)
        {
            Assert.That((await RpcServer.RefusalOfAsync(call)).Reason, Is.EqualTo(reason));
        }
    }

    [Test]
    public async Task WatchEvents_FromNowOn_ShowsWhatHappensNextOnly()
    {
        await _coordinator.Topics.CreateTopicAsync(new() { TopicId = "before" });
        using AsyncServerStreamingCall<WatchEventsResponse> watch = _coordinator.Cluster.WatchEvents(new());
        await watch.ResponseHeadersAsync;
        await _coordinator.Topics.CreateTopicAsync(new() { TopicId = "after" });

        Assert.That(await watch.ResponseStream.MoveNext(default), Is.True);
        ClusterEvent seen = watch.ResponseStream.Current.Event;
        ListEventsResponse listed = await _coordinator.Cluster.ListEventsAsync(new() { PageSize = 1000 });

        Assert.Multiple(() =>
        {
            Assert.That((seen.Reason, seen.Subject), Is.EqualTo(("TOPIC_CREATED", "topics/after")));
            Assert.That(listed.Events, Does.Contain(seen));
            Assert.That(listed.Events.Select(e => e.Revision), Is.Ordered);
        });
    }

    [Test]
    public async Task GetCluster_Running_ShowsCountsAndPositions()
    {
        Cluster cluster = (await _coordinator.Cluster.GetClusterAsync(new())).Cluster;

        Assert.Multiple(() =>
        {
            Assert.That(cluster.CoordinatorIncarnation, Is.EqualTo(1));
            Assert.That(cluster.DurablePosition, Is.GreaterThan(0));
            Assert.That(cluster.SafeToRemoveWorker, Is.False);
            Assert.That(cluster.UnsafeReasons, Is.Not.Empty);
            Assert.That(cluster.Version, Does.Not.Contain("+"));
        });
    }
}
