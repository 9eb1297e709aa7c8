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
        TestCluster cluster = NewCluster(ShortLease);
        await cluster.StartCoordinatorAsync("", Deadline);
        await using var run = new Run(cluster, Deadline);
        await run.DeployAsync();
        using (var zombie = new ZombieWorker(cluster.Channel, "w-zombie", 7))
        {
            List<SessionResponse> said = await zombie.ConnectAsync(
                [], all => all.Count(m => m.Assign is not null) == Run.Partitions, Deadline);
            List<Assign> lost = [.. said.Where(m => m.Assign is not null).Select(m => m.Assign)];
            cluster.StartWorker("w-1");
            run.StartLoad(2, 1000);
            await Wait.UntilAsync("all tasks on w-1", _ => MovedAsync(run), Deadline);
            await CommitLostTasksAsync(zombie, lost);
        }

        await run.FinishAndCheckAsync();
    }

    /// <summary>On the session that was given up, and then on a new one that claims them.</summary>
    private async Task CommitLostTasksAsync(ZombieWorker zombie, List<Assign> lost)
    {
        foreach (Assign task in lost)
        {
            CommitResult? answer = await zombie.CommitAsync(CommitOf(task), Deadline);
            Assert.That(answer?.Accepted ?? false, Is.False, "on the old session");
        }

        await zombie.ConnectAsync(
            lost.Select(t => new HeldTask { TaskId = t.TaskId, Epoch = t.Epoch }),
            all => all.Count(m => m.Fenced is not null) == lost.Count,
            Deadline);
        foreach (Assign task in lost)
        {
            CommitResult? answer = await zombie.CommitAsync(CommitOf(task), Deadline);
            Assert.Multiple(() =>
            {
                Assert.That(answer?.Accepted, Is.False, "on a new session");
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
