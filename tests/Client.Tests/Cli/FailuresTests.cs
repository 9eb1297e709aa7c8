using System.Net;
using System.Net.Sockets;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.Extensions.DependencyInjection;
using Millrace.Cli.Output;
using Millrace.Cli.Running;
using Millrace.Common.Model;
using Millrace.TestKit.FakeCluster;

namespace Millrace.Client.Tests.Cli;

public sealed class FailuresTests
{
    [Test]
    public async Task RunAsync_WithNobodyListening_SaysHowToStartACluster()
    {
        CliRun run = await CliRun.OfAsync($"status --server 127.0.0.1:{FreePort()}");
        Assert.That(run.Exit, Is.EqualTo(ExitCode.Unreachable));
        Assert.That(run.Error, Does.Contain("(connection refused)").And.Contain("millrace dev"));
        Assert.That(run.Error, Does.EndWith("  code: UNAVAILABLE\n"));
    }

    [Test]
    public async Task RunAsync_AgainstAWebPort_SaysSo()
    {
        await using WebApplication web = WebApplication.CreateEmptyBuilder(new WebApplicationOptions()).OnFreePort();
        await web.StartAsync();
        string address = web.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!
            .Addresses.Single();
        CliRun run = await CliRun.OfAsync($"status --server {address}");
        Assert.That(run.Exit, Is.EqualTo(ExitCode.Unreachable));
        Assert.That(run.Error, Does.Contain("answers, but as a web page, not gRPC"));
        Assert.That(run.Error, Does.Contain("`--server 127.0.0.1:7400`"));
    }

    [Test]
    public async Task RunAsync_WithASilentListener_GivesUpInWords()
    {
        using var silent = new TcpListener(IPAddress.Loopback, 0);
        silent.Start();
        Task<Socket> taken = silent.AcceptSocketAsync();
        Task<CliRun> running = CliRun.OfAsync($"status --server {silent.LocalEndpoint}");
        (await taken).Close();
        silent.Stop();
        Assert.That((await running).Exit, Is.EqualTo(ExitCode.Unreachable));
    }

    [Test]
    public async Task RunAsync_OfWhatTheCoordinatorRefuses_RepeatsItsWordsAndAdvises()
    {
        await using FakeCoordinator fake = await FakeCoordinator.StartAsync();
        CliRun run = await CliRun.OfAsync($"topics tail nowhere --server {fake.Address}");
        Assert.That(run.Exit, Is.EqualTo(ExitCode.NotFound));
        Assert.That(run.Error, Is.EqualTo("""
            error: No topics/nowhere.
              try:  `millrace topics list`, or `millrace topics create NAME`
              code: NO_SUCH_TOPIC

            """));
    }

    [Test]
    public async Task RunAsync_OfARefusalInJson_PrintsOneObject()
    {
        await using FakeCoordinator fake = await FakeCoordinator.StartAsync();
        CliRun run = await CliRun.OfAsync($"topics tail nowhere -o json --server {fake.Address}");
        using var parsed = System.Text.Json.JsonDocument.Parse(run.Error);
        Assert.That(
            parsed.RootElement.GetProperty("error").GetProperty("code").GetString(), Is.EqualTo("NO_SUCH_TOPIC"));
        Assert.That(run.Out, Is.Empty);
    }

    [Test]
    public async Task RunAsync_WithAMissingEndpointsFile_NamesIt()
    {
        CliRun run = await CliRun.OfAsync("status --server /nowhere/endpoints.json");
        Assert.That(run.Exit, Is.EqualTo(ExitCode.Unreachable));
        Assert.That(run.Error, Does.Contain("/nowhere/endpoints.json").And.EndWith("  code: NO_ENDPOINTS\n"));
    }

    [TestCase(RefusalKind.InvalidArgument, 2)]
    [TestCase(RefusalKind.NotFound, 3)]
    [TestCase(RefusalKind.AlreadyExists, 4)]
    [TestCase(RefusalKind.FailedPrecondition, 4)]
    [TestCase(RefusalKind.ResourceExhausted, 4)]
    [TestCase(RefusalKind.Unavailable, 6)]
    [TestCase(RefusalKind.DeadlineExceeded, 7)]
    [TestCase(RefusalKind.DataLoss, 1)]
    public void Of_AnyKindOfRefusal_HasItsExitCode(RefusalKind kind, int exit) =>
        Assert.That(Failures.Of(new Refusal(kind, "REASON", "message")).Exit, Is.EqualTo(exit));

    [Test]
    public void Of_ARefusalThatKnowsANearName_AsksWhetherItWasMeant()
    {
        var refusal = new Refusal(RefusalKind.NotFound, "NO_SUCH_TOPIC", "There is no topic order.")
        {
            Metadata = new Dictionary<string, string> { ["didYouMean"] = "orders" },
        };
        Assert.That(Failures.Of(refusal).Why, Is.EqualTo("did you mean \"orders\"?"));
    }

    private static int FreePort()
    {
        using var probe = new TcpListener(IPAddress.Loopback, 0);
        probe.Start();
        return ((IPEndPoint)probe.LocalEndpoint).Port;
    }
}
