using Millrace.Integration.Tests.Checks;
using Millrace.Integration.Tests.Driving;
using Millrace.Integration.Tests.Processes;
using Millrace.Protocol.Worker.V1;

namespace Millrace.Integration.Tests.Pauses;

/// <summary>A worker that lost its tasks and commits them all the same: refused at the coordinator's record, not by
/// luck.</summary>
[Parallelizable(ParallelScope.Children)]
internal sealed class ZombieCommitTests : ClusterTests
{
    private static readonly ClusterOptions ShortLease = new() { Lease = TimeSpan.FromSeconds(1) };

    [Test]
    public async Task Row18_CommitsOfLostTasks_AreAllRefused()
    {
        Dump dump = await RunAsync(ShortLease, async (run, zombie, lost) =>
        {
            run.StartLoad(2, 1000);
            await run.AwaitAcksAsync(100);
            await CommitOnOldSessionAsync(zombie, lost);
            await CommitOnNewSessionAsync(zombie, lost);
        });
        Assert.That(Violations(dump), Is.Empty);
    }

    /// <summary>The test above would notice a coordinator that takes commits of any epoch.</summary>
    [Test]
    public async Task Row18_CoordinatorThatTakesOldEpochs_IsFoundOut()
    {
        Dump dump = await RunAsync(
            ShortLease with { Mutant = "EqualOrOlderEpochAccepted" },
            async (run, zombie, lost) =>
            {
                await zombie.ConnectAsync([], all => all[^1].Welcome is not null, Deadline);
                await zombie.CommitAsync(CommitOf(lost[0]), Deadline);

                // Only now, because a commit that falls behind a newer one is refused whatever its epoch.
                run.StartLoad(2, 1000);
            });
        Assert.That(OwnershipChecks.CommitsAreCurrent(dump), Has.Some.StartsWith("V7 zombie accepted"));
    }

    private static IEnumerable<string> Violations(Dump dump) =>
        LogChecks.All(dump).Concat(OwnershipChecks.All(dump)).Concat(CountChecks.All(dump)).Take(20);

    /// <summary>A zombie loses all tasks to another worker and then does its worst.</summary>
    private async Task<Dump> RunAsync(ClusterOptions options, Func<Run, ZombieWorker, List<Assign>, Task> haunt)
    {
        TestCluster cluster = NewCluster(options);
        await cluster.StartCoordinatorAsync("", Deadline);
        await using var run = new Run(cluster, Deadline);
        await run.DeployAsync();
        using (var zombie = new ZombieWorker(cluster.Channel, "w-zombie", 7))
        {
            List<SessionResponse> said = await zombie.ConnectAsync(
                [], all => all.Count(m => m.Assign is not null) == Run.Partitions, Deadline);
            List<Assign> lost = [.. said.Where(m => m.Assign is not null).Select(m => m.Assign)];
            cluster.StartWorker("w-1");
            await Wait.UntilAsync("all tasks on w-1", _ => MovedAsync(run), Deadline);
            await haunt(run, zombie, lost);
        }

        return await run.FinishAsync();
    }

    private async Task CommitOnOldSessionAsync(ZombieWorker zombie, List<Assign> lost)
    {
        foreach (Assign task in lost)
        {
            CommitResult? answer = await zombie.CommitAsync(CommitOf(task), Deadline);
            Assert.That(answer?.Accepted ?? false, Is.False);
        }
    }

    /// <summary>A new session that claims them is told that they are lost, and so are its commits.</summary>
    private async Task CommitOnNewSessionAsync(ZombieWorker zombie, List<Assign> lost)
    {
        await zombie.ConnectAsync(
            lost.Select(t => new HeldTask { TaskId = t.TaskId, Epoch = t.Epoch }),
            all => all.Count(m => m.Fenced is not null) == lost.Count,
            Deadline);
        foreach (Assign task in lost)
        {
            CommitResult? answer = await zombie.CommitAsync(CommitOf(task), Deadline);
            Assert.Multiple(() =>
            {
                Assert.That(answer?.Accepted, Is.False);
                Assert.That(answer?.Reason, Is.EqualTo("STALE_EPOCH"));
            });
        }
    }

    private static Commit CommitOf(Assign task) => new()
    {
        CommitId = task.TaskId + 1,
        TaskId = task.TaskId,
        Epoch = task.Epoch,
        Position = task.Restore?.Position ?? 0,
        NextOffset = task.Restore?.NextOffset ?? 0,
        HashSum = task.Restore?.HashSum ?? 0,
        SnapshotId = task.Restore?.SnapshotId ?? "",
    };

    private static async Task<bool> MovedAsync(Run run) =>
        (await run.Reader.AssignmentsAsync()).All(a => a.Worker == "workers/w-1");
}
