using Millrace.Client;
using Millrace.Integration.Tests.Driving;
using Millrace.Integration.Tests.Processes;
using Millrace.Protocol.Admin.V1;

namespace Millrace.Integration.Tests.DeadLetters;

/// <summary>A job that adds up values, of which some are no numbers.</summary>
[Parallelizable(ParallelScope.Children)]
internal sealed class PoisonTests : SumJobTests
{
    private const int Events = 600;

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
        await AssertSumsAsync(cluster, end, Events);

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
        Assignment[] stopped = await AwaitStoppedAsync(client);
        Assert.That(stopped[0].Stopped.Reason, Does.Contain("bad-"));

        await cluster.Coordinator.KillAsync();
        await cluster.StartCoordinatorAsync("", Deadline);
        Assignment[] after = await AwaitStoppedAsync(client);
        Assert.That(
            after.First(a => a.Name == stopped[0].Name).Stopped.Offset, Is.EqualTo(stopped[0].Stopped.Offset));
        SetBadEventPolicyResponse changed = await client.DeadLetters.SetPolicyAsync(
            Job, BadEventPolicy.Skip, cancellation: Deadline);
        Assert.That(changed.Job.Spec.BadEventPolicy, Is.EqualTo(BadEventPolicy.Skip));
        await AssertSumsAsync(cluster, end, Events);
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

    protected override bool IsBad(int number) => number % 25 == 7;

    /// <summary>The assignments that stand still, as soon as there are any.</summary>
    private async Task<Assignment[]> AwaitStoppedAsync(MillraceClient client)
    {
        Assignment[] stopped = [];
        await Wait.UntilAsync(
            "a task to stop", async _ => (stopped = await StoppedAsync(client)).Length > 0, Deadline);
        return stopped;
    }
}
