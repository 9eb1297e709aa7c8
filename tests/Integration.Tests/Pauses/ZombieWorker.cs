using Grpc.Core;
using Grpc.Net.Client;
using Millrace.Protocol.Worker.V1;

namespace Millrace.Integration.Tests.Pauses;

/// <summary>
/// A worker of our own making that speaks the control protocol, takes tasks, and then does what a good one never does:
/// it claims what it has lost.
/// </summary>
internal sealed class ZombieWorker(GrpcChannel channel, string name, ulong incarnation) : IDisposable
{
    private readonly WorkerProtocolService.WorkerProtocolServiceClient _client = new(channel);
    private readonly CancellationTokenSource _gone = new();
    private AsyncDuplexStreamingCall<SessionRequest, SessionResponse>? _session;
    private ulong _heartbeats;

    /// <summary>Opens a session and reads until the first tasks have come.</summary>
    /// <param name="held">Tasks that it says it holds.</param>
    public async Task<List<SessionResponse>> ConnectAsync(
        IEnumerable<HeldTask> held, Predicate<List<SessionResponse>> enough, CancellationToken cancellation)
    {
        _session?.Dispose();
        _session = _client.Session(cancellationToken: _gone.Token);
        var hello = new Hello
        {
            Worker = name,
            Incarnation = incarnation,
            ProtocolVersion = 1,
            Sdk = "zombie/0.1.0",
            Operators = { "count" },
            Held = { held },
        };
        await _session.RequestStream.WriteAsync(new SessionRequest { Hello = hello }, cancellation);
        return await ReadAsync(enough, cancellation);
    }

    public Task HeartbeatAsync(CancellationToken cancellation) => _session!.RequestStream.WriteAsync(
        new SessionRequest { Heartbeat = new Heartbeat { Sequence = ++_heartbeats, MemoryLimitBytes = 1L << 30 } },
        cancellation);

    /// <summary>Sends a commit and returns its answer; null when the coordinator ended the session instead.</summary>
    public async Task<CommitResult?> CommitAsync(Commit commit, CancellationToken cancellation)
    {
        try
        {
            await _session!.RequestStream.WriteAsync(new SessionRequest { Commit = commit }, cancellation);
            List<SessionResponse> said = await ReadAsync(
                all => all[^1].CommitResult?.CommitId == commit.CommitId, cancellation);
            return said[^1].CommitResult;
        }
        catch (Exception error) when (error is RpcException or InvalidOperationException)
        {
            return null;
        }
    }

    public void Dispose()
    {
        _gone.Cancel();
        _session?.Dispose();
        _gone.Dispose();
    }

    private async Task<List<SessionResponse>> ReadAsync(
        Predicate<List<SessionResponse>> enough, CancellationToken cancellation)
    {
        var said = new List<SessionResponse>();
        while (said.Count == 0 || !enough(said))
        {
            if (!await _session!.ResponseStream.MoveNext(cancellation))
            {
                throw new InvalidOperationException($"The session of {name} ended.");
            }

            said.Add(_session.ResponseStream.Current);
        }

        return said;
    }
}
