using Millrace.Client;
using Millrace.Integration.Tests.Driving;
using Millrace.Integration.Tests.Processes;
using Millrace.Protocol.Admin.V1;

namespace Millrace.Integration.Tests.DeadLetters;

/// <summary>Events of which each takes down the worker that applies it, every time.</summary>
[Parallelizable(ParallelScope.Children)]
internal sealed class ProcessDiesTests : ClusterTests
{
    private const string Topic = "amounts";
    private const string Job = "totals";

    /// <summary>The worker dies at a value that is no number.</summary>
    private const string Deadly = "W8:kill";

    private static readonly int[] _deadly = [107, 260];

    [Test]
    public async Task Row65_EventsThatTakeEachWorkerDown_BecomeDeadLettersAndAllElseIsApplied()
    {
        TestCluster cluster = NewCluster();
        await StartAsync(cluster);
        using var client = new MillraceClient(cluster.Address);
        await DeployAsync(client, BadEventPolicy.Quarantine);
        ulong end = await SendAsync(client, 0, 400);
        ListDeadLettersResponse letters = null!;
        int deaths = await UntilAsync(cluster, "two dead letters", async () =>
        {
            letters = await client.DeadLetters.ListAsync(Job, Deadline);
            return letters.DeadLetters.Count == _deadly.Length;
        });
        TestContext.Out.WriteLine($"{deaths} workers died");
        Assert.That(letters.DeadLetters.Select(l => l.Reason), Has.All.StartsWith("PROCESS_DIED"));
        var values = new List<string>();
        foreach (DeadLetter letter in letters.DeadLetters)
        {
            values.Add((await client.DeadLetters.GetAsync(letter.Name, Deadline)).Value.ToStringUtf8());
        }

        Assert.That(values, Is.EquivalentTo(_deadly.Select(i => $"bad-{i}")));
        end = Math.Max(end, await SendAsync(client, 400, 100));
        await AssertSumsAsync(cluster, end, 500);
    }

    [Test]
    public async Task Row65_EventThatTakesEachWorkerDownOfAJobThatMayNotSkip_IsNotTriedAgainByNewWorkers()
    {
        TestCluster cluster = NewCluster();
        await StartAsync(cluster);
        using var client = new MillraceClient(cluster.Address);
        await DeployAsync(client, BadEventPolicy.Unspecified);
        ulong end = await SendAsync(client, 0, 200);
        await UntilAsync(cluster, "the task to stop", async () => (await StoppedAsync(client)).Length == 1);
        Assignment stopped = (await StoppedAsync(client)).Single();
        Assert.That(stopped.Stopped.Reason, Does.StartWith("PROCESS_DIED"));

        // Nobody is left who remembers, except the journal.
        await cluster.Coordinator.KillAsync();
        await cluster.Workers["w-1"].KillAsync();
        await cluster.Workers["w-2"].KillAsync();
        await cluster.StartCoordinatorAsync("", Deadline);
        cluster.StartWorker("w-1", Deadly);
        cluster.StartWorker("w-2", Deadly);
        await client.DeadLetters.SetPolicyAsync(Job, BadEventPolicy.Skip, cancellation: Deadline);
        int deaths = await UntilAsync(cluster, "the event to be skipped", async () =>
            (await client.Admin.GetJobAsync(Job, Deadline)).Job.SkippedEvents == 1);
        Assert.That(deaths, Is.Zero);
        await AssertSumsAsync(cluster, end, 200);
    }

    private async Task StartAsync(TestCluster cluster)
    {
        await cluster.StartCoordinatorAsync("", Deadline);
        cluster.StartWorker("w-1", Deadly);
        cluster.StartWorker("w-2", Deadly);
    }

    private async Task DeployAsync(MillraceClient client, BadEventPolicy policy)
    {
        await client.Admin.CreateTopicAsync(Topic, new Topic { PartitionCount = 4 }, Deadline);
        var spec = new JobSpec
        {
            Operator = "sum",
            SourceTopics = { "topics/" + Topic },
            BadEventPolicy = policy,
        };
        await client.Admin.DeployJobAsync(Job, spec, Deadline);
    }

    private async Task<ulong> SendAsync(MillraceClient client, int first, int count)
    {
        await using Producer producer = await client.OpenProducerAsync(cancellation: Deadline);
        var acks = new List<Task<Ack>>();
        for (int i = first; i < first + count; i++)
        {
            string value = _deadly.Contains(i) ? $"bad-{i}" : $"{i}";
            acks.Add(producer.SendAsync(Topic, $"key-{i % 20}", value, Deadline).AsTask());
        }

        return (await Task.WhenAll(acks)).Max(a => a.Position);
    }

    /// <summary>Whoever dies is started again, as a supervisor does.</summary>
    /// <returns>How many died.</returns>
    private async Task<int> UntilAsync(TestCluster cluster, string what, Func<Task<bool>> isSo)
    {
        int deaths = 0;
        await Wait.UntilAsync(
            what,
            async _ =>
            {
                foreach (string dead in cluster.Workers.Where(w => w.Value.Exited.IsCompleted).Select(w => w.Key)
                    .ToArray())
                {
                    deaths++;
                    cluster.StartWorker(dead, Deadly);
                }

                return await isSo();
            },
            Deadline);
        return deaths;
    }

    private async Task AssertSumsAsync(TestCluster cluster, ulong position, int events)
    {
        var expected = Enumerable.Range(0, events).Except(_deadly)
            .GroupBy(i => $"key-{i % 20}", i => (long)i).Select(g => (g.Key, g.Sum()));
        var reader = new ClusterReader(cluster.Channel, Deadline);
        Assert.That(
            (await reader.CountsAsync(Job, position)).Select(c => (c.Key, c.Count)), Is.EquivalentTo(expected));
    }

    private async Task<Assignment[]> StoppedAsync(MillraceClient client) =>
    [
        .. (await client.Admin.ListAssignmentsAsync(cancellation: Deadline)).Assignments
            .Where(a => a.State == AssignmentState.Failed),
    ];
}
