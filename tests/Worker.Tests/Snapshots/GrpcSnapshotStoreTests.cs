using Grpc.Net.Client;
using Millrace.Common.Model;
using Millrace.Protocol.Worker.V1;
using Millrace.Worker.Core.State;
using Millrace.Worker.Run;
using Millrace.Worker.Snapshots;
using Millrace.Worker.Tests.Hosting;

namespace Millrace.Worker.Tests.Snapshots;

[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
public sealed class GrpcSnapshotStoreTests
{
    private FakeCoordinator _coordinator = null!;
    private GrpcChannel _channel = null!;

    [SetUp]
    public async Task Start()
    {
        _coordinator = await FakeCoordinator.StartAsync();
        _channel = GrpcChannel.ForAddress(_coordinator.Address);
    }

    [TearDown]
    public async Task Stop()
    {
        _channel.Dispose();
        await _coordinator.DisposeAsync();
    }

    [TestCase(1)]
    [TestCase(SnapshotBytes.ChunkBytes)]
    [TestCase((2 * SnapshotBytes.ChunkBytes) + 17)]
    public async Task GetAsync_OfWhatWasPut_GivesTheSameBytes(int size)
    {
        var store = new GrpcSnapshotStore(new Calls(_channel));
        using SnapshotBytes content = Content(size);
        SnapshotName name = NameOf(content);
        await store.PutAsync(name, null, 3, content, default);
        using SnapshotBytes got = await store.GetAsync(name, default);
        Assert.That((got.Length, got.Hash()), Is.EqualTo((content.Length, content.Hash())));
    }

    [Test]
    public async Task GetAsync_OfDamagedContent_FindsTheDamage()
    {
        var store = new GrpcSnapshotStore(new Calls(_channel));
        using SnapshotBytes content = Content(1000);
        SnapshotName name = NameOf(content);
        await store.PutAsync(name, null, 3, content, default);
        _coordinator.Damage(name.ToString());
        Assert.That(async () => await store.GetAsync(name, default), Throws.TypeOf<SnapshotDamagedException>());
    }

    [Test]
    public void GetAsync_OfWhatIsNotThere_SaysWhy()
    {
        var store = new GrpcSnapshotStore(new Calls(_channel));
        using SnapshotBytes content = Content(1);
        SnapshotName name = NameOf(content);
        Assert.That(
            async () => await store.GetAsync(name, default),
            Throws.TypeOf<IOException>().With.Message.Contains("no such snapshot"));
    }

    [Test]
    public void PutAsync_WithoutASession_SaysToTryLater()
    {
        var store = new GrpcSnapshotStore(new Calls(null));
        using SnapshotBytes content = Content(1);
        SnapshotName name = NameOf(content);
        Assert.That(
            async () => await store.PutAsync(name, null, 0, content, default),
            Throws.TypeOf<StoreUnavailableException>());
    }

    [Test]
    public async Task PutAsync_WithoutACoordinator_SaysToTryLater()
    {
        var store = new GrpcSnapshotStore(new Calls(_channel));
        using SnapshotBytes content = Content(1);
        SnapshotName name = NameOf(content);
        await _coordinator.DisposeAsync();
        Assert.That(
            async () => await store.PutAsync(name, null, 0, content, default),
            Throws.TypeOf<StoreUnavailableException>());
    }

    private static SnapshotBytes Content(int size)
    {
        var content = new SnapshotBytes();
        content.Append([.. Enumerable.Range(0, size).Select(i => (byte)(i * 7))]);
        return content;
    }

    private static SnapshotName NameOf(SnapshotBytes content) =>
        new(new TaskId(1), new Epoch(2), 4096, content.Hash());

    private sealed class Calls(GrpcChannel? channel) : IBulkCalls
    {
        public WorkerProtocolService.WorkerProtocolServiceClient? Bulk { get; } =
            channel is null ? null : new WorkerProtocolService.WorkerProtocolServiceClient(channel);
    }
}
