using System.Runtime.InteropServices;
using Millrace.Common.Hosting;
using Millrace.Integration.Tests.Driving;
using Millrace.Integration.Tests.Processes;

namespace Millrace.Publish.Tests;

/// <summary>The programs as users have them. What the compilers ahead of time leave out is missed only when it is
/// needed, so a run touches all that a cluster does: topic, job, load, checkpoints, deaths, recovery, the
/// command.</summary>
internal sealed class PublishedProgramsTests : ClusterTests
{
    [Test]
    public async Task Coordinator_Published_IsMachineCodeThatNeedsNoRuntime()
    {
        if (!OperatingSystem.IsLinux() || RuntimeInformation.OSArchitecture != Architecture.X64)
        {
            Assert.Ignore("scripts/publish makes machine code on Linux on x86-64 only.");
        }

        if (Publication.Output.Contains("no gcc", StringComparison.Ordinal))
        {
            Assert.Ignore(Publication.Output);
        }

        // By itself in a folder: were it the usual starter, it would miss the assembly beside it.
        string alone = Directory.CreateTempSubdirectory("millrace-publish-").FullName;
        try
        {
            string program = Path.Combine(alone, "coordinator");
            File.Copy(Executables.Coordinator, program);
            (int code, string output) = await ChildProcess.RunAsync(program, ["--What:Ever=1"], alone, Deadline);
            Assert.That((code, output), Is.EqualTo((ExitCodes.Usage, output)));
            Assert.That(output, Does.Contain("CONFIG_UNKNOWN_KEY"));
        }
        finally
        {
            Directory.Delete(alone, recursive: true);
        }
    }

    [Test]
    public async Task Cluster_PublishedAndKilled_StaysExact()
    {
        TestCluster cluster = NewCluster();
        await cluster.StartCoordinatorAsync("", Deadline);
        cluster.StartWorker("w-1");
        ChildProcess doomed = cluster.StartWorker("w-2");
        await using var run = new Run(cluster, Deadline);
        await run.DeployAsync();
        run.StartLoad(3, 2500);
        await run.AwaitAcksAsync(1500);
        await cluster.Coordinator.KillAsync();
        await cluster.StartCoordinatorAsync("", Deadline);
        await run.AwaitAcksAsync(3000);
        await doomed.KillAsync();
        cluster.StartWorker("w-2");
        await run.AwaitAcksAsync(4500);
        await run.SplitAsync(0);

        await run.FinishAndCheckAsync();
        (int code, string status) = await ChildProcess.RunAsync(
            Executables.Command, ["status", "--server", cluster.Address], cluster.Directory, Deadline);
        Assert.That((code, status), Is.EqualTo((0, status)));
        Assert.That(status, Does.Contain("CLUSTER millrace"));
    }
}
