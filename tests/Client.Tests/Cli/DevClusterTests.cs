using System.Diagnostics;
using Millrace.Cli.Dev;
using Millrace.Cli.Output;
using Millrace.Protocol.Admin.V1;

namespace Millrace.Client.Tests.Cli;

/// <summary>With real processes: each test takes seconds.</summary>
public sealed class DevClusterTests
{
    private static readonly TimeSpan _patience = TimeSpan.FromSeconds(60);

    private readonly TaskCompletionSource<string> _again = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private string _directory = "";

    [OneTimeSetUp]
    public void SetUp() => _directory = Directory.CreateTempSubdirectory("millrace-dev-").FullName;

    [OneTimeTearDown]
    public void TearDown() => Directory.Delete(_directory, true);

    [Test]
    public async Task DevCluster_WithAWorkerKilled_StartsItAgainAndStopsAllAtTheEnd()
    {
        int[] pids;
        await using (var cluster = new DevCluster(new DevOptions(2, _directory, 0, 0), Hear, TimeProvider.System))
        {
            await cluster.StartAsync(CancellationToken.None);
            Assert.That(cluster.Workers, Is.EqualTo(new[] { "w-1", "w-2" }));
            using MillraceClient client = cluster.Connect();
            ListWorkersResponse workers = await client.Admin.ListWorkersAsync();
            Assert.That(workers.Workers.Select(w => w.State), Is.All.EqualTo(WorkerState.Alive));
            DevProcess killed = State().Processes[1];
            Assert.That(cluster.Kill("w-1"));
            Assert.That(cluster.Kill("nobody"), Is.False);
            Assert.That(await _again.Task.WaitAsync(_patience), Does.StartWith("w-1 started again as process "));
            DevProcess restarted = State().Processes[1];
            Assert.That((restarted.Name, restarted.Restarts), Is.EqualTo(("w-1", 1)));
            Assert.That(restarted.Pid, Is.Not.EqualTo(killed.Pid).And.Not.Zero);
            pids = [.. State().Processes.Select(p => p.Pid)];
        }

        Assert.That(Process.GetProcesses().Select(p => p.Id).Intersect(pids), Is.Empty);
        Assert.That(File.Exists(Path.Combine(_directory, DevState.FileName)), Is.False);
        Assert.That(Directory.Exists(Path.Combine(_directory, "data")));
    }

    [Test]
    public async Task StartAsync_OnAPortInUse_SaysWhoseItIs()
    {
        await using TestKit.FakeCluster.FakeCoordinator holder = await TestKit.FakeCluster.FakeCoordinator.StartAsync();
        await using var cluster = new DevCluster(new DevOptions(0, null, holder.Port, 0), Hear, TimeProvider.System);
        FailureException? failed =
            await Assert.ThrowsAsync<FailureException>(() => cluster.StartAsync(CancellationToken.None));
        Assert.That(failed!.Failure.Code, Is.EqualTo("PORT_IN_USE"));
        Assert.That(failed.Failure.What, Does.Contain($"{holder.Port}").And.Contain($"{Environment.ProcessId}"));
    }

    private DevState State() => DevState.ReadFrom(Path.Combine(_directory, DevState.FileName))!;

    private void Hear(string line)
    {
        if (line.Contains("started again", StringComparison.Ordinal))
        {
            _again.TrySetResult(line);
        }
    }
}
