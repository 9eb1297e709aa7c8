using Grpc.Core;
using Millrace.Integration.Tests.Checks;
using Millrace.Integration.Tests.Driving;
using Millrace.Integration.Tests.Processes;
using Millrace.Protocol.Admin.V1;
using Millrace.Protocol.Ingest.V1;

namespace Millrace.Integration.Tests.Disk;

/// <summary>Failing disks. Nothing that was acked may be lost, and nothing is acked after a failure.</summary>
internal sealed class DiskFaultTests : ClusterTests
{
    /// <summary>A sync that takes a while before it fails leaves time for an ack that must not be.</summary>
    private const string Late = "fdatasync:delay_enter=300000:error=";

    private static readonly ClusterOptions OneSegment = new() { Coordinator = ["Journal:SegmentBytes=64MiB"] };

    [TestCase("EIO")]
    [TestCase("ENOSPC")]
    public async Task Row52_JournalSyncFails_EndsTheProcessWithoutAnotherAck(string error)
    {
        (Dump dump, IReadOnlyList<string> failed) = await DieOfAsync(Late + error, OneSegment);
        Assert.That(failed, Has.Count.EqualTo(1), "a failed sync is never tried again");
        Assert.That(AckedUnsynced(dump), Is.Empty, "acked although the frame was never synced");
    }

    /// <summary>The test above would notice a coordinator that acknowledges before it syncs.</summary>
    [Test]
    public async Task Row52_CoordinatorThatAcksBeforeItSyncs_IsFoundOut()
    {
        (Dump dump, _) = await DieOfAsync(Late + "EIO", OneSegment with { Mutant = "AckBeforeSync" });
        Assert.That(AckedUnsynced(dump), Is.Not.Empty);
    }

    [TestCase("EIO")]
    [TestCase("ENOSPC")]
    public async Task Row50_JournalWriteFails_EndsTheProcessWithoutAnotherAck(string error) =>
        await DieOfAsync($"pwrite64:error={error}", OneSegment);

    [Test]
    public async Task Row53_JournalSyncTakesLongerThanALease_LosesNoWorker()
    {
        string strace = Need("strace", "strace");
        TestCluster cluster = NewCluster(new ClusterOptions { Lease = TimeSpan.FromSeconds(1) });
        await cluster.StartCoordinatorAsync("", Deadline);
        cluster.StartWorker("w-1");
        await using var run = new Run(cluster, Deadline);
        await run.DeployAsync();
        await Wait.UntilAsync(
            "running tasks",
            async _ => (await run.Reader.AssignmentsAsync()).All(a => a.State == AssignmentState.Running),
            Deadline);
        ulong before = (await run.Reader.EventsAsync()).Max(e => e.Revision);
        await using (Strace slow = await Strace.AttachAsync(
            strace, cluster, cluster.Coordinator.Pid, "fdatasync:delay_enter=1500000:when=20..21", Deadline))
        {
            run.StartLoad(2, 4000);
            await Wait.UntilAsync(
                "two slow syncs of the journal",
                () => slow.Injected.Count(line => line.Contains("/journal/", StringComparison.Ordinal)) >= 2,
                Deadline);
        }

        Dump dump = await run.FinishAndCheckAsync();
        Assert.That(
            dump.Events.Where(e => e.Revision > before).Select(e => e.Reason), Has.None.EqualTo("WORKER_LOST"));
    }

    /// <summary>After a restart nothing of the log is in memory.</summary>
    [Test]
    public async Task Row55_JournalCannotBeRead_ThatReadFailsAndNothingElse()
    {
        string strace = Need("strace", "strace");
        TestCluster cluster = NewCluster();
        await cluster.StartCoordinatorAsync("", Deadline);
        cluster.StartWorker("w-1");
        await using var run = new Run(cluster, Deadline);
        await run.DeployAsync();
        run.StartLoad(3, 500);
        await run.Load;
        await cluster.Coordinator.KillAsync();
        await cluster.StartCoordinatorAsync("", Deadline);
        var ingest = new IngestService.IngestServiceClient(cluster.Channel);
        await using (await Strace.AttachAsync(
            strace, cluster, cluster.Coordinator.Pid, "pread64:error=EIO", Deadline))
        {
            using AsyncServerStreamingCall<ReadResponse> call = ingest.Read(
                new ReadRequest { Topic = Run.Topic }, cancellationToken: Deadline);
            Assert.That(async () => await call.ResponseStream.MoveNext(Deadline), Throws.InstanceOf<RpcException>());
        }

        await run.FinishAndCheckAsync();
        Assert.That(cluster.Coordinator.Exited.IsCompleted, Is.False);
    }

    [Test]
    public async Task Row50_NoSpaceForANewSegment_RefusesProducersAndGoesOnLater()
    {
        string strace = Need("strace", "strace");
        TestCluster cluster = NewCluster();
        await cluster.StartCoordinatorAsync("", Deadline);
        cluster.StartWorker("w-1");
        await using var run = new Run(cluster, Deadline, new Workload(Padding: 8000));
        await run.DeployAsync();
        run.StartLoad(3, 2500);
        await run.AwaitAcksAsync(100);
        await using (await Strace.AttachAsync(
            strace, cluster, cluster.Coordinator.Pid, "fallocate:error=ENOSPC", Deadline))
        {
            await Wait.UntilAsync(
                "a refusal for lack of space",
                () => run.Refusals.Contains("ResourceExhausted JOURNAL_FULL") || run.Load.IsCompleted,
                Deadline);
            await run.ReadLogAsync();
        }

        Assert.That(run.Refusals, Does.Contain("ResourceExhausted JOURNAL_FULL"));
        await run.FinishAndCheckAsync();
        Assert.That(cluster.Coordinator.Exited.IsCompleted, Is.False);
    }

    [Test]
    public async Task Row50_JournalAtItsCap_RefusesProducersAndStillCommits()
    {
        TestCluster cluster = NewCluster(new ClusterOptions { Coordinator = ["Journal:MaxBytes=64MiB"] });
        await cluster.StartCoordinatorAsync("", Deadline);
        cluster.StartWorker("w-1");
        await using var run = new Run(cluster, Deadline, new Workload(Padding: 16000));
        await run.DeployAsync();
        run.StartLoad(3, 3000);
        await Wait.UntilAsync(
            "a refusal for lack of space",
            () => run.Refusals.Contains("ResourceExhausted JOURNAL_FULL") || run.Load.IsCompleted,
            Deadline);
        await run.StopLoadAsync();
        Assert.That(run.Refusals, Does.Contain("ResourceExhausted JOURNAL_FULL"));
        await run.FinishStoppedAndCheckAsync();
    }

    /// <summary>Events of the frame whose sync failed, which is the last one, that were acked before the
    /// restart.</summary>
    private static List<Identity> AckedUnsynced(Dump dump)
    {
        ulong unsynced = dump.Logs[0].Max(line => line.Position);
        var acked = dump.History.TakeWhile(line => line is not LogRead).OfType<Acknowledged>()
            .GroupBy(a => a.Producer).ToDictionary(g => g.Key, g => g.Max(a => a.Last));
        return
        [
            .. dump.Logs[0].Where(line => line.Position == unsynced)
                .Select(line => Identity.Parse(line.Value)!.Value)
                .Where(id => id.Sequence <= acked.GetValueOrDefault(id.Producer)),
        ];
    }

    /// <summary>Producers alone, so that every frame is theirs; then the call fails until the process has
    /// ended.</summary>
    private async Task<(Dump Dump, IReadOnlyList<string> Failed)> DieOfAsync(string injection, ClusterOptions options)
    {
        string tool = Need("strace", "strace");
        TestCluster cluster = NewCluster(options);
        await cluster.StartCoordinatorAsync("", Deadline);
        await using var run = new Run(cluster, Deadline);
        await run.MakeTopicAsync();
        run.StartLoad(3, 3000);
        await run.AwaitAcksAsync(500);
        IReadOnlyList<string> failed;
        await using (Strace strace = await Strace.AttachAsync(
            tool, cluster, cluster.Coordinator.Pid, injection, Deadline))
        {
            int code = await cluster.Coordinator.Exited.WaitAsync(Deadline);
            Assert.That(code, Is.Not.Zero);
            failed = strace.Injected;
        }

        Assert.That(failed, Is.Not.Empty);
        await run.StopLoadAsync();
        await cluster.StartCoordinatorAsync("", Deadline);
        await run.ReadLogAsync();
        run.ResumeLoad();
        cluster.StartWorker("w-1");
        await run.DeployAsync();
        return (await run.FinishAndCheckAsync(), failed);
    }
}
