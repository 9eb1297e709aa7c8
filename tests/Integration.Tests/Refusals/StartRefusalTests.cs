using System.Net;
using System.Net.Sockets;
using Millrace.Integration.Tests.Processes;

namespace Millrace.Integration.Tests.Refusals;

/// <summary>Processes that must not start, and say why in four lines instead of a stack trace.</summary>
[Parallelizable(ParallelScope.Children)]
internal sealed class StartRefusalTests : ClusterTests
{
    [TestCase("Coordinator", "--Cluster:LeaseDurations=5s", "Cluster:LeaseDurations", "CONFIG_UNKNOWN_KEY")]
    [TestCase("Coordinator", "--Cluster:LeaseDuration=5", "Cluster:LeaseDuration", "CONFIG_BAD_VALUE")]
    [TestCase("Worker", "--Worker:Nmae=w", "Worker:Nmae", "CONFIG_UNKNOWN_KEY")]
    [TestCase("Worker", "--Worker:Name=Not a name", "Worker:Name", "CONFIG_BAD_VALUE")]
    public async Task Row96_StartWithABadSetting_SaysWhatWhyTryCode(
        string process, string argument, string key, string code)
    {
        TestCluster cluster = NewCluster();
        string file = process == "Worker" ? Executables.Worker : Executables.Coordinator;
        (int exit, string output) = await ChildProcess.RunAsync(
            file, [$"--Data:Directory={cluster.DataDirectory}", argument], cluster.Directory, Deadline);
        AssertRefused(exit, output, key, code);
        Assert.That(exit, Is.EqualTo(2));
        Assert.That(Directory.Exists(cluster.DataDirectory), Is.False);
    }

    [Test]
    public async Task Row96_StartWithAnUnknownVariable_SaysWhatWhyTryCode()
    {
        TestCluster cluster = NewCluster();
        ChildProcess child = cluster.Track(ChildProcess.Start(
            "coordinator",
            Executables.Coordinator,
            [$"--Data:Directory={cluster.DataDirectory}"],
            cluster.Directory,
            new Dictionary<string, string> { ["MILLRACE__CLUSTER__LEASE"] = "5s" }));
        AssertRefused(await child.Exited.WaitAsync(Deadline), child.Output, "CLUSTER:LEASE", "CONFIG_UNKNOWN_KEY");
    }

    [TestCase("Grpc")]
    [TestCase("Http")]
    public async Task Row96_StartOnAPortInUse_SaysWhichAndStartsNothing(string port)
    {
        TestCluster cluster = NewCluster();
        using var taken = new TcpListener(IPAddress.Loopback, 0);
        taken.Start();
        int number = ((IPEndPoint)taken.LocalEndpoint).Port;
        string other = port == "Grpc" ? "Http" : "Grpc";
        (int exit, string output) = await ChildProcess.RunAsync(
            Executables.Coordinator,
            [
                $"--Data:Directory={cluster.DataDirectory}", $"--{port}:Listen=127.0.0.1:{number}",
                $"--{other}:Listen=127.0.0.1:0",
            ],
            cluster.Directory,
            Deadline);
        AssertRefused(exit, output, $"{number}", "PORT_IN_USE");
        Assert.That(File.Exists(Path.Combine(cluster.DataDirectory, "endpoints.json")), Is.False);
    }

    [Test]
    public async Task Row58_SecondCoordinatorOnADirectory_IsRefusedAndTheFirstGoesOn()
    {
        TestCluster cluster = NewCluster();
        await cluster.StartCoordinatorAsync("", Deadline);
        string endpoints = Path.Combine(cluster.DataDirectory, "endpoints.json");
        string before = await File.ReadAllTextAsync(endpoints, Deadline);
        (int exit, string output) = await ChildProcess.RunAsync(
            Executables.Coordinator,
            [$"--Data:Directory={cluster.DataDirectory}", "--Grpc:Listen=127.0.0.1:0", "--Http:Listen=127.0.0.1:0"],
            cluster.Directory,
            Deadline);
        AssertRefused(exit, output, cluster.DataDirectory, "DATA_DIRECTORY_LOCKED");
        Assert.That(await File.ReadAllTextAsync(endpoints, Deadline), Is.EqualTo(before));
        var clusters = new Protocol.Admin.V1.ClusterService.ClusterServiceClient(cluster.Channel);
        await clusters.GetClusterAsync(new Protocol.Admin.V1.GetClusterRequest(), cancellationToken: Deadline);
    }

    /// <summary>What, why, try, code; nothing of our insides.</summary>
    private static void AssertRefused(int exit, string output, string naming, string code) =>
        Assert.Multiple(() =>
        {
            Assert.That(exit, Is.Not.Zero);
            Assert.That(output, Does.Contain(naming));
            Assert.That(output, Does.Contain("why:"));
            Assert.That(output, Does.Contain("try:"));
            Assert.That(output, Does.Match($"code: *{code}"));
            Assert.That(output, Does.Not.Contain("   at Millrace"));
        });
}
