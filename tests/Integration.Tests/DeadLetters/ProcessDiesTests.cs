using Millrace.Client;
using Millrace.Integration.Tests.Processes;
using Millrace.Protocol.Admin.V1;

namespace Millrace.Integration.Tests.DeadLetters;

/// <summary>Events of which each takes down the worker that applies it, every time.</summary>
[Parallelizable(ParallelScope.Children)]
internal sealed class ProcessDiesTests : SumJobTests
{
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

    protected override bool IsBad(int number) => _deadly.Contains(number);

    private async Task StartAsync(TestCluster cluster)
    {
        await cluster.StartCoordinatorAsync("", Deadline);
        cluster.StartWorker("w-1", Deadly);
        cluster.StartWorker("w-2", Deadly);
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
}
