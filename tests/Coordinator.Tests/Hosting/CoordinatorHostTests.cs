using System.Net;
using Microsoft.Extensions.Logging.Abstractions;
using Millrace.Common.Hosting;
using Millrace.Coordinator.Hosting;
using Millrace.Protocol.Admin.V1;

namespace Millrace.Coordinator.Tests.Hosting;

public sealed class CoordinatorHostTests
{
    private string _directory = "";

    [SetUp]
    public void MakeDirectory() => _directory = Directory.CreateTempSubdirectory("millrace-test-").FullName;

    [TearDown]
    public void DropDirectory() => Directory.Delete(_directory, recursive: true);

    [Test]
    public async Task StartAsync_FreshDirectory_WritesTheAddressesReallyBoundAndTakesThemBack()
    {
        await using (RunningCoordinator coordinator = await RunningCoordinator.StartAsync(_directory))
        {
            EndpointsFile endpoints = EndpointsFile.ReadFrom(_directory)!;
            Assert.Multiple(() =>
            {
                Assert.That(new Uri(endpoints.Grpc), Is.EqualTo(coordinator.Host.Grpc));
                Assert.That(new Uri(endpoints.Http), Is.EqualTo(coordinator.Host.Http));
                Assert.That(endpoints.Pid, Is.EqualTo(Environment.ProcessId));
                Assert.That(endpoints.Incarnation, Is.EqualTo(1));
            });
        }

        Assert.That(EndpointsFile.ReadFrom(_directory), Is.Null);
    }

    [TestCase("livez")]
    [TestCase("readyz")]
    [TestCase("startupz")]
    [TestCase("api/v1/snapshot")]
    public async Task Http_Running_AnswersProbesAndTheSnapshot(string path)
    {
        await using RunningCoordinator coordinator = await RunningCoordinator.StartAsync(_directory);
        using var http = new HttpClient();

        using HttpResponseMessage response = await http.GetAsync(new Uri(coordinator.Host.Http, path));

        Assert.That(response.StatusCode, Is.EqualTo(HttpStatusCode.OK));
        if (path.StartsWith("api", StringComparison.Ordinal))
        {
            string json = await response.Content.ReadAsStringAsync();
            Assert.That(
                GetClusterResponse.Parser.ParseJson(json).Cluster.CoordinatorIncarnation, Is.EqualTo(1));
        }
    }

    [Test]
    public async Task StartAsync_DirectoryInUse_IsRefusedAndGivesEverythingBack()
    {
        string other = Path.Combine(_directory, "other");
        await using RunningCoordinator coordinator = await RunningCoordinator.StartAsync(other);

        StartupException error = await RefusedAsync(RunningCoordinator.OptionsFor(other));

        Assert.That(error.Code, Is.EqualTo("DATA_DIRECTORY_LOCKED"));
    }

    [Test]
    public async Task StartAsync_PortInUse_NamesThePortAndLeavesTheDirectoryFree()
    {
        string other = Path.Combine(_directory, "other");
        await using RunningCoordinator coordinator = await RunningCoordinator.StartAsync(other);
        CoordinatorOptions options = RunningCoordinator.OptionsFor(_directory) with
        {
            Http = new ListenAddress(IPAddress.Loopback, coordinator.Host.Grpc.Port),
        };

        StartupException error = await RefusedAsync(options);

        Assert.Multiple(() =>
        {
            Assert.That(error.Code, Is.EqualTo("PORT_IN_USE"));
            Assert.That(error.What, Does.Contain($"{coordinator.Host.Grpc.Port}"));
            Assert.That(error.Why, Does.Contain("Http:Listen"));
        });
        await using RunningCoordinator second = await RunningCoordinator.StartAsync(_directory);
    }

    [Test]
    public async Task StartAsync_NotLoopback_IsRefusedWithTheReason()
    {
        StartupException error = await RefusedAsync(RunningCoordinator.OptionsFor(_directory) with
        {
            Grpc = new ListenAddress(IPAddress.Any, 0),
        });

        Assert.That(error.Code, Is.EqualTo("LISTEN_NOT_LOOPBACK"));
    }

    [Test]
    public async Task StartAsync_DataIsDamaged_IsRefusedNamingTheFile()
    {
        await using (await RunningCoordinator.StartAsync(_directory))
        {
        }

        File.WriteAllText(Path.Combine(_directory, "incarnation"), "?");

        StartupException error = await RefusedAsync(RunningCoordinator.OptionsFor(_directory));

        Assert.Multiple(() =>
        {
            Assert.That(error.Code, Is.EqualTo("DATA_DAMAGED"));
            Assert.That(error.Why, Does.Contain("incarnation"));
        });
    }

    [Test]
    public async Task Restart_AfterAStop_KeepsStateAndCountsTheLife()
    {
        await using (RunningCoordinator first = await RunningCoordinator.StartAsync(_directory))
        {
            await first.Topics.CreateTopicAsync(new() { TopicId = "words" });
        }

        await using RunningCoordinator second = await RunningCoordinator.StartAsync(_directory);
        GetTopicResponse topic = await second.Topics.GetTopicAsync(new() { Name = "topics/words" });

        Assert.Multiple(() =>
        {
            Assert.That(topic.Topic.PartitionCount, Is.EqualTo(16));
            Assert.That(topic.Partitions, Has.Count.EqualTo(16));
            Assert.That(second.Host.Incarnation, Is.EqualTo(2));
        });
    }

    [TestCase(2, "--Data:Directry=x")]
    [TestCase(2, "--Cluster:HeartbeatInterval=2s")]
    [TestCase(2, "--Journal:SegmentBytes=8388609B")]
    [TestCase(2, "--Journal:MaxBytes=64MiB")]
    [TestCase(2, "start")]
    public async Task RunAsync_ToldWrongly_EndsWithTheUsageCode(int expected, string argument) =>
        Assert.That(
            await CoordinatorHost.RunAsync([argument], TextWriter.Null, CancellationToken.None), Is.EqualTo(expected));

    [Test]
    public async Task RunAsync_Cancelled_StopsInGoodOrder()
    {
        using var stop = new CancellationTokenSource();
        Task<int> running = CoordinatorHost.RunAsync(
            [
                $"--Data:Directory={_directory}",
                "--Grpc:Listen=127.0.0.1:0",
                "--Http:Listen=127.0.0.1:0",
                "--Journal:SegmentBytes=8MiB",
                $"--Log:File={Path.Combine(_directory, "log")}",
            ],
            TextWriter.Null,
            stop.Token);
        Assert.That(() => EndpointsFile.ReadFrom(_directory), Is.Not.Null.After(30_000, 5));
        await stop.CancelAsync();

        Assert.That(await running, Is.EqualTo(ExitCodes.Ok));
        Assert.That(File.ReadAllText(Path.Combine(_directory, "log")), Does.Contain("\"Stopped\""));
    }

    private static async Task<StartupException> RefusedAsync(CoordinatorOptions options)
    {
        try
        {
            await using CoordinatorHost host = await CoordinatorHost.StartAsync(
                options, NullLoggerFactory.Instance, CancellationToken.None);
        }
        catch (StartupException error)
        {
            return error;
        }

        throw new AssertionException("It started.");
    }
}
