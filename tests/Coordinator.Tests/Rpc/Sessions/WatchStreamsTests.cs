using Grpc.Core;
using Millrace.Coordinator.Core;
using Millrace.Coordinator.Core.Health;
using Millrace.Coordinator.Core.Placement;
using Proto = Millrace.Protocol.Worker.V1;

namespace Millrace.Coordinator.Tests.Rpc.Sessions;

public sealed class WatchStreamsTests
{
    private static AsyncDuplexStreamingCall<Proto.WatchRequest, Proto.WatchResponse> Open(RpcServer server) =>
        new Proto.WorkerProtocolService.WorkerProtocolServiceClient(server.Channel).Watch();

    private static Proto.WatchRequest Sight(
        Proto.ProcessState state = Proto.ProcessState.Running, string worker = "w-1", ulong incarnation = 11) =>
        new() { Worker = worker, Incarnation = incarnation, State = state };

    [Test]
    public async Task Sights_InOneStream_ReachTheLoopAndAreAnswered()
    {
        await using RpcServer server = await RpcServer.StartAsync();
        using AsyncDuplexStreamingCall<Proto.WatchRequest, Proto.WatchResponse> call = Open(server);
        await call.RequestStream.WriteAsync(Sight());
        Assert.That(await call.ResponseStream.MoveNext(default), Is.True);
        Proto.WatchRequest last = Sight(Proto.ProcessState.Gone);
        last.ExitCode = 137;
        await call.RequestStream.WriteAsync(last);
        await call.RequestStream.CompleteAsync();

        var watched = new TaskOwner("w-1", 11);
        ProcessSeen first = await server.Loop.TakeAsync<ProcessSeen>();
        Assert.That(first, Is.EqualTo(new ProcessSeen(watched, first.Watch, ProcessState.Running, null)));
        Assert.That(
            await server.Loop.TakeAsync<ProcessSeen>(),
            Is.EqualTo(new ProcessSeen(watched, first.Watch, ProcessState.Gone, 137)));
        Assert.That(await server.Loop.TakeAsync<WatchEnded>(), Is.EqualTo(new WatchEnded(watched, first.Watch)));
    }

    [TestCase("Bad Name", 11UL, 1, "BAD_NAME")]
    [TestCase("w-1", 0UL, 1, "BAD_FIELD")]
    [TestCase("w-1", 11UL, 0, "BAD_FIELD")]
    [TestCase("w-1", 11UL, 77, "BAD_FIELD")]
    public async Task Sight_Bad_IsRefused(string worker, ulong incarnation, int state, string reason)
    {
        await using RpcServer server = await RpcServer.StartAsync();
        using AsyncDuplexStreamingCall<Proto.WatchRequest, Proto.WatchResponse> call = Open(server);
        await call.RequestStream.WriteAsync(Sight((Proto.ProcessState)state, worker, incarnation));
        Assert.That(
            (await RpcServer.RefusalOfAsync(() => call.ResponseStream.MoveNext(default))).Reason, Is.EqualTo(reason));
    }

    [Test]
    public async Task Sight_OfAnotherWorkerThanBefore_IsRefused()
    {
        await using RpcServer server = await RpcServer.StartAsync();
        using AsyncDuplexStreamingCall<Proto.WatchRequest, Proto.WatchResponse> call = Open(server);
        await call.RequestStream.WriteAsync(Sight());
        await call.ResponseStream.MoveNext(default);
        await call.RequestStream.WriteAsync(Sight(worker: "w-2"));
        Assert.That(
            (await RpcServer.RefusalOfAsync(() => call.ResponseStream.MoveNext(default))).Reason,
            Is.EqualTo("BAD_FIELD"));
    }

    [Test]
    public async Task Watch_CoordinatorStops_EndsAndIsToldToConnectAgain()
    {
        await using RpcServer server = await RpcServer.StartAsync();
        using AsyncDuplexStreamingCall<Proto.WatchRequest, Proto.WatchResponse> call = Open(server);
        await call.RequestStream.WriteAsync(Sight());
        await call.ResponseStream.MoveNext(default);
        await server.StopSessionsAsync();
        Assert.That(
            (await RpcServer.RefusalOfAsync(() => call.ResponseStream.MoveNext(default))).Reason,
            Is.EqualTo("COORDINATOR_STOPPING"));
    }
}
