using Grpc.Core;
using Millrace.Common.Failpoints;
using Millrace.Common.Model;
using Millrace.Coordinator.Core;

namespace Millrace.Coordinator.Tests.Rpc;

[NonParallelizable]
public sealed class CallGuardTests
{
    [TearDown]
    public void Disarm() => Failpoint.Arm("");

    [Test]
    public async Task Call_FailsUnexpectedly_EndsAsInternalWithoutDetailOfTheFault()
    {
        await using RpcServer server = await RpcServer.StartAsync();
        using var worker = new TestWorker(server);
        await worker.HelloAsync();
        WorkerHello hello = await server.Loop.TakeAsync<WorkerHello>();
        Failpoint.Arm("A3:throw");
        server.Loop.Sessions[hello.Session].TrySend(new Assign(
            new TaskId(1),
            new Epoch(1),
            "j",
            "s",
            "count",
            "t",
            new PartitionId(1),
            0,
            new KeyGroupRange(0, 1),
            1,
            RestorePoint.Beginning,
            false));

        RpcException? error = null;
        try
        {
            await worker.HearAsync();
        }
        catch (RpcException thrown)
        {
            error = thrown;
        }

        Assert.Multiple(() =>
        {
            Assert.That(error!.StatusCode, Is.EqualTo(StatusCode.Internal));
            Assert.That(error.Status.Detail, Does.Contain("log").And.Not.Contain("A3"));
        });
        Assert.That((await server.Loop.TakeAsync<SessionBroken>()).Session, Is.EqualTo(hello.Session));
    }
}
