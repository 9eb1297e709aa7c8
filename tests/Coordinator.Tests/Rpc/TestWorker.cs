using Grpc.Core;
using Millrace.Protocol.Worker.V1;

namespace Millrace.Coordinator.Tests.Rpc;

/// <summary>One worker's control stream, played by the test.</summary>
internal sealed class TestWorker(RpcServer server) : IDisposable
{
    private readonly AsyncDuplexStreamingCall<SessionRequest, SessionResponse> _call =
        new WorkerProtocolService.WorkerProtocolServiceClient(server.Channel).Session();

    public static Hello GoodHello => new()
    {
        Worker = "w-1",
        Incarnation = 11,
        ProtocolVersion = 1,
        Sdk = "test/1",
        MaxAssignments = 3,
        Operators = { "count" },
        Labels = { ["zone"] = "a" },
        Held = { new HeldTask { TaskId = 5, Epoch = 6, Position = 4096 } },
    };

    public Task SayAsync(SessionRequest request) => _call.RequestStream.WriteAsync(request);

    public Task HelloAsync() => SayAsync(new() { Hello = GoodHello });

    /// <summary>The next message; null at the stream's good end.</summary>
    public async Task<SessionResponse?> HearAsync() =>
        await _call.ResponseStream.MoveNext(default) ? _call.ResponseStream.Current : null;

    /// <summary>Ends the stream from the worker's side.</summary>
    public Task CompleteAsync() => _call.RequestStream.CompleteAsync();

    public void Dispose() => _call.Dispose();
}
