namespace Millrace.Integration.Tests.Failpoints;

/// <summary>kill -9 of a worker at each named step. Rows are those of the fault catalogue.</summary>
[Parallelizable(ParallelScope.Children)]
internal sealed class WorkerKillTests : FailpointTests
{
    [Test]
    public Task Row06_WorkerKilledAtA4Accepted_StaysExact() => KillWorkerAsync("A4", 3);

    [Test]
    public Task Row10_WorkerKilledAtW1BatchIn_StaysExact() => KillWorkerAsync("W1", 15);

    [Test]
    public Task Row10_WorkerKilledAtW2Applied_StaysExact() => KillWorkerAsync("W2", 30);

    [Test]
    public Task Row11_WorkerKilledAtW3SnapshotEncoded_StaysExact() => KillWorkerAsync("W3", 5);

    [Test]
    public Task Row12_WorkerKilledAtW4SnapshotStored_StaysExact() => KillWorkerAsync("W4", 5);

    [Test]
    public Task Row12_WorkerKilledAtW5CommitSent_StaysExact() => KillWorkerAsync("W5", 5);

    [Test]
    public Task Row13_WorkerKilledAtW7CommitAcked_StaysExact() => KillWorkerAsync("W7", 5);
}
