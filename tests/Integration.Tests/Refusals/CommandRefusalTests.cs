using System.Net;
using System.Net.Sockets;
using Millrace.Integration.Tests.Processes;

namespace Millrace.Integration.Tests.Refusals;

/// <summary>The command line where there is no coordinator, or not at that port.</summary>
[Parallelizable(ParallelScope.Children)]
internal sealed class CommandRefusalTests : ClusterTests
{
    [Test]
    public async Task Status_WithNoCoordinator_SaysWhatWhyTryCode()
    {
        TestCluster cluster = NewCluster();
        (int exit, string output) = await RunAsync(cluster, $"http://127.0.0.1:{FreePort()}");
        Assert.Multiple(() =>
        {
            Assert.That(exit, Is.EqualTo(6), output);
            Assert.That(output, Does.Contain("why:").And.Contain("try:"));
            Assert.That(output, Does.Match("code: *UNAVAILABLE"));
            Assert.That(output, Does.Not.Contain("   at "));
        });
    }

    [Test]
    public async Task Status_AtTheHttpPort_SaysThatItIsNotGrpc()
    {
        TestCluster cluster = NewCluster();
        await cluster.StartCoordinatorAsync("", Deadline);
        (int exit, string output) = await RunAsync(cluster, cluster.HttpAddress);
        Assert.Multiple(() =>
        {
            Assert.That(exit, Is.EqualTo(6), output);
            Assert.That(output, Does.Contain(cluster.HttpAddress[7..]).And.Contain("not gRPC"));
            Assert.That(output, Does.Contain("why:").And.Contain("try:"));
            Assert.That(output, Does.Not.Contain("   at "));
        });
    }

    private Task<(int ExitCode, string Output)> RunAsync(TestCluster cluster, string server) =>
        ChildProcess.RunAsync(Executables.Command, ["status", "--server", server], cluster.Directory, Deadline);

    /// <summary>A port that was free a moment ago; nobody listens there.</summary>
    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
