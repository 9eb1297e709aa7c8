using Millrace.Integration.Tests.Driving;
using Millrace.Integration.Tests.Processes;
using Millrace.Protocol.Admin.V1;

namespace Millrace.Integration.Tests.Failpoints;

/// <summary>kill -9 of the coordinator at each named step. Rows are those of the fault catalogue.</summary>
[Parallelizable(ParallelScope.Children)]
internal sealed class CoordinatorKillTests : FailpointTests
{
    /// <summary>Each of the 8 tasks writes a snapshot at least, however slow the machine is.</summary>
    private const int SnapshotFile = 6;

    [Test]
    public Task Row01_CoordinatorKilledAtI1Received_StaysExact() => KillCoordinatorAsync("I1", 150);

    [Test]
    public Task Row01_CoordinatorKilledAtI2Sequenced_StaysExact() => KillCoordinatorAsync("I2", 150);

    [Test]
    public Task Row02_CoordinatorKilledAtI3WrittenUnsynced_StaysExact() => KillCoordinatorAsync("I3", 25);

    [Test]
    public Task Row03_CoordinatorKilledAtI4SyncedUnacked_StaysExact() => KillCoordinatorAsync("I4", 25);

    [Test]
    public Task Row04_CoordinatorKilledAtI5BeforeAnAck_StaysExact() => KillCoordinatorAsync("I5", 100);

    [Test]
    public Task Row05_CoordinatorKilledAtA1InFirstPlacement_StaysExact() => KillCoordinatorAsync("A1", 3);

    [Test]
    public Task Row05_CoordinatorKilledAtA2InFirstPlacement_StaysExact() => KillCoordinatorAsync("A2", 3);

    [Test]
    public Task Row05_CoordinatorKilledAtA1InFailover_StaysExact() => KillCoordinatorAsync("A1", 10, LoseWorkerAsync);

    [Test]
    public Task Row05_CoordinatorKilledAtA2InFailover_StaysExact() => KillCoordinatorAsync("A2", 10, LoseWorkerAsync);

    [Test]
    public Task Row06_CoordinatorKilledAtA3Sent_StaysExact() => KillCoordinatorAsync("A3", 10, LoseWorkerAsync);

    [Test]
    public Task Row07_CoordinatorKilledAtW6CommitDurable_StaysExact() => KillCoordinatorAsync("W6", 6);

    [Test]
    public Task Row09_CoordinatorKilledAtF1FileWrittenNotNamed_StaysExact() => KillCoordinatorAsync("F1", SnapshotFile);

    [Test]
    public Task Row09_CoordinatorKilledAtF2FileNamedDirectoryUnsynced_StaysExact() =>
        KillCoordinatorAsync("F2", SnapshotFile);

    /// <summary>Kills the worker that owns the most tasks, under load, once it has been sent them all; unless the
    /// coordinator has come to its step without that, because a slow disk made a worker register twice.</summary>
    private async Task LoseWorkerAsync(TestCluster cluster, Run run)
    {
        string owner = "";
        await Wait.UntilAsync(
            "tasks with an owner, and load",
            async _ =>
            {
                if (cluster.Coordinator.Exited.IsCompleted)
                {
                    return true; // There is nobody to ask.
                }

                if (run.Acked >= 300)
                {
                    IReadOnlyList<Assignment> all = await run.Reader.AssignmentsAsync();
                    owner = all.All(a => a.State == AssignmentState.Running)
                        ? all.GroupBy(a => a.Worker).MaxBy(group => group.Count())?.Key ?? ""
                        : "";
                }

                return owner.Length > 0;
            },
            Deadline);
        if (owner.Length > 0)
        {
            await cluster.Workers[owner["workers/".Length..]].KillAsync();
        }
    }
}
