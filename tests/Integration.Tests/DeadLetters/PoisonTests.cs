using Millrace.Client;
using Millrace.Integration.Tests.Driving;
using Millrace.Integration.Tests.Processes;
using Millrace.Protocol.Admin.V1;

namespace Millrace.Integration.Tests.DeadLetters;

/// <summary>A job that adds up values, of which some are no numbers.</summary>
[Parallelizable(ParallelScope.Children)]
internal sealed class PoisonTests : ClusterTests
{
    private const string Topic = "amounts";
    private const string Job = "totals";
    private const int Events = 600;
    private const int Keys = 20;

    [Test]
    public async Task Row65_PoisonEventsThroughKills_BecomeOneDeadLetterEachAndAllElseIsApplied()
    {
        TestCluster cluster = NewCluster();
        await cluster.StartCoordinatorAsync("", Deadline);
        ChildProcess lost = cluster.StartWorker("w-1");
        cluster.StartWorker("w-2");
        using var client = new MillraceClient(cluster.Address);
        await DeployAsync(client, BadEventPolicy.Quarantine);
        await SendAsync(client, 0, Events / 3);
        await lost.KillAsync();
        await SendAsync(client, Events / 3, Events / 3);
        await cluster.Coordinator.KillAsync();
        await cluster.StartCoordinatorAsync("", Deadline);
        ulong end = await SendAsync(client, 2 * Events / 3, Events / 3);
        await AssertSumsAsync(cluster, end, i => !IsBad(i));

        ListDeadLettersResponse letters = await client.DeadLetters.ListAsync(Job, Deadline);
        Assert.That(letters.DeadLetters, Has.Count.EqualTo(Enumerable.Range(0, Events).Count(IsBad)));
        Assert.That(letters.DeadLetters.Select(l => (l.PartitionIndex, l.Offset)), Is.Unique);
        string some = letters.DeadLetters[0].Name;
        GetDeadLetterResponse shown = await client.DeadLetters.GetAsync(some, Deadline);
        Assert.That(shown.Value.ToStringUtf8(), Does.StartWith("bad-"));
        Assert.That(shown.DeadLetter.Reason, Does.Contain("bad-"));
    }

    [Test]
    public async Task Row65_PoisonEventOfAJobThatMayNotSkip_StopsItsTaskUntilTheRuleIsChanged()
    {
        TestCluster cluster = NewCluster();
        await cluster.StartCoordinatorAsync("", Deadline);
        cluster.StartWorker("w-1");
        using var client = new MillraceClient(cluster.Address);
        await DeployAsync(client, BadEventPolicy.Unspecified);
        ulong end = await SendAsync(client, 0, Events);
        Assignment[] stopped = await StoppedAsync(client);
        Assert.That(stopped[0].Stopped.Reason, Does.Contain("bad-"));

        await cluster.Coordinator.KillAsync();
        await cluster.StartCoordinatorAsync("", Deadline);
        Assignment[] after = await StoppedAsync(client);
        Assert.That(
            after.First(a => a.Name == stopped[0].Name).Stopped.Offset, Is.EqualTo(stopped[0].Stopped.Offset));
        SetBadEventPolicyResponse changed = await client.DeadLetters.SetPolicyAsync(
            Job, BadEventPolicy.Skip, cancellation: Deadline);
        Assert.That(changed.Job.Spec.BadEventPolicy, Is.EqualTo(BadEventPolicy.Skip));
        await AssertSumsAsync(cluster, end, i => !IsBad(i));
        Job job = (await client.Admin.GetJobAsync(Job, Deadline)).Job;
        Assert.That(job.SkippedEvents, Is.EqualTo((ulong)Enumerable.Range(0, Events).Count(IsBad)));
        Assert.That(job.State, Is.EqualTo(JobState.Running));
    }

    [Test]
    public async Task Row65_ParkedKey_IsHeldBackUntilItIsReleasedAndARetryIsANewEvent()
    {
        TestCluster cluster = NewCluster();
        await cluster.StartCoordinatorAsync("", Deadline);
        cluster.StartWorker("w-1");
        using var client = new MillraceClient(cluster.Address);
        await DeployAsync(client, BadEventPolicy.Quarantine, parkKeys: true);
        await using Producer producer = await client.OpenProducerAsync(cancellation: Deadline);
        foreach (string value in new[] { "1", "bad", "20", "300" })
        {
            await producer.SendAsync(Topic, "k", value, Deadline);
        }

        Ack last = await producer.SendAsync(Topic, "other", "7", Deadline);
        var reader = new ClusterReader(cluster.Channel, Deadline);
        Assert.That(
            (await reader.CountsAsync(Job, last.Position)).Select(c => (c.Key, c.Count)),
            Is.EquivalentTo(new[] { ("k", 1L), ("other", 7L) }));
        ListDeadLettersResponse letters = await client.DeadLetters.ListAsync(Job, Deadline);
        Assert.That(letters.DeadLetters.Select(l => l.KeyIsParked), Is.EqualTo(new[] { true, true, true }));

        await client.DeadLetters.DiscardAsync(letters.DeadLetters[0].Name, Deadline);
        await client.DeadLetters.RetryAsync(letters.DeadLetters[1].Name, Deadline);
        await cluster.Coordinator.KillAsync();
        await cluster.StartCoordinatorAsync("", Deadline);
        RetryDeadLetterResponse retried = await client.DeadLetters.RetryAsync(letters.DeadLetters[2].Name, Deadline);
        Assert.That(
            (await reader.CountsAsync(Job, retried.Position)).Select(c => (c.Key, c.Count)),
            Is.EquivalentTo(new[] { ("k", 321L), ("other", 7L) }));
        Job job = (await client.Admin.GetJobAsync(Job, Deadline)).Job;
        Assert.That(
            (job.DeadLetterCount, job.QuarantinedEvents, job.RetriedEvents, job.DiscardedEvents),
            Is.EqualTo((0u, 3ul, 2ul, 1ul)));
    }

    private static bool IsBad(int i) => i % 25 == 7;

    private async Task DeployAsync(MillraceClient client, BadEventPolicy policy, bool parkKeys = false)
    {
        await client.Admin.CreateTopicAsync(Topic, new Topic { PartitionCount = 4 }, Deadline);
        var spec = new JobSpec
        {
            Operator = "sum",
            SourceTopics = { "topics/" + Topic },
            BadEventPolicy = policy,
            ParkKeys = parkKeys,
        };
        await client.Admin.DeployJobAsync(Job, spec, Deadline);
    }

    /// <summary>Sends and returns a position at which all can be seen.</summary>
    private async Task<ulong> SendAsync(MillraceClient client, int first, int count)
    {
        await using Producer producer = await client.OpenProducerAsync(cancellation: Deadline);
        var acks = new List<Task<Ack>>();
        for (int i = first; i < first + count; i++)
        {
            string value = IsBad(i) ? $"bad-{i}" : $"{i}";
            acks.Add(producer.SendAsync(Topic, $"key-{i % Keys}", value, Deadline).AsTask());
        }

        return (await Task.WhenAll(acks)).Max(a => a.Position);
    }

    private async Task AssertSumsAsync(TestCluster cluster, ulong position, Func<int, bool> isApplied)
    {
        var expected = Enumerable.Range(0, Events).Where(isApplied)
            .GroupBy(i => $"key-{i % Keys}", i => (long)i).Select(g => (g.Key, g.Sum()));
        var reader = new ClusterReader(cluster.Channel, Deadline);
        Assert.That(
            (await reader.CountsAsync(Job, position)).Select(c => (c.Key, c.Count)), Is.EquivalentTo(expected));
    }

    /// <summary>The assignments that stand still, as soon as there are any.</summary>
    private async Task<Assignment[]> StoppedAsync(MillraceClient client)
    {
        Assignment[] stopped = [];
        await Wait.UntilAsync(
            "a task to stop",
            async _ =>
            {
                ListAssignmentsResponse all = await client.Admin.ListAssignmentsAsync(cancellation: Deadline);
                stopped = [.. all.Assignments.Where(a => a.State == AssignmentState.Failed)];
                return stopped.Length > 0;
            },
            Deadline);
        return stopped;
    }
}
