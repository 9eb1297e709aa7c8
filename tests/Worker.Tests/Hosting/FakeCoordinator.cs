using System.Collections.Concurrent;
using System.Net;
using System.Threading.Channels;
using Google.Protobuf;
using Grpc.Core;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Millrace.Protocol.Worker.V1;

namespace Millrace.Worker.Tests.Hosting;

/// <summary>The other side of the worker protocol, with generated messages only; the test reads what comes and says
/// what goes.</summary>
internal sealed class FakeCoordinator : WorkerProtocolService.WorkerProtocolServiceBase, IAsyncDisposable
{
    private static readonly TimeSpan _patience = TimeSpan.FromSeconds(30);

    private readonly Channel<SessionRequest> _heard = Channel.CreateUnbounded<SessionRequest>();
    private readonly Channel<FetchRequest> _fetched = Channel.CreateUnbounded<FetchRequest>();
    private readonly Channel<TaskAnswer> _answered = Channel.CreateUnbounded<TaskAnswer>();
    private readonly ConcurrentDictionary<string, byte[]> _snapshots = new();
    private readonly WebApplication _app;
    private volatile Outbox<SessionResponse>? _session;
    private volatile Outbox<FetchResponse>? _data;
    private readonly TaskCompletionSource<Outbox<AnswerResponse>> _questions = new();
    private long _sessions;

    private FakeCoordinator(int port)
    {
        WebApplicationBuilder builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(
            IPAddress.Loopback, port, listen => listen.Protocols = HttpProtocols.Http2));
        builder.Services.AddGrpc();
        builder.Services.AddSingleton(this);
        _app = builder.Build();
        _app.MapGrpcService<FakeCoordinator>();
    }

    /// <summary>Whether heartbeats are answered.</summary>
    public bool AnswersHeartbeats { get; set; } = true;

    public string Address => _app.Services.GetRequiredService<IServer>().Features
        .Get<IServerAddressesFeature>()!.Addresses.Single();

    public IReadOnlyCollection<string> SnapshotNames => [.. _snapshots.Keys];

    /// <summary>Makes one byte of a stored snapshot another one.</summary>
    public void Damage(string snapshot) => _snapshots[snapshot][5] ^= 1;

    public static async Task<FakeCoordinator> StartAsync(int port = 0)
    {
        var coordinator = new FakeCoordinator(port);
        await coordinator._app.StartAsync();
        return coordinator;
    }

    public void Say(SessionResponse message) => _session!.Post(message);

    public void Send(FetchResponse message) => _data!.Post(message);

    /// <summary>Asks on the worker's first stream for questions, and returns the next answer.</summary>
    public async Task<TaskAnswer> AskAsync(AnswerResponse question)
    {
        (await _questions.Task.WaitAsync(_patience)).Post(question);
        return await NextAsync(_answered.Reader, answer => answer.QuestionId == question.QuestionId);
    }

    /// <summary>Cuts the control stream.</summary>
    public void Cut() => _session!.End();

    /// <summary>Cuts the data stream.</summary>
    public void CutData() => _data!.End();

    /// <summary>The next message of a kind on the control stream; others before it are dropped.</summary>
    public Task<SessionRequest> HearAsync(SessionRequest.MessageOneofCase kind) =>
        NextAsync(_heard.Reader, message => message.MessageCase == kind);

    public Task<FetchRequest> HearFetchAsync(FetchRequest.MessageOneofCase kind) =>
        NextAsync(_fetched.Reader, message => message.MessageCase == kind);

    public override async Task Session(
        IAsyncStreamReader<SessionRequest> requestStream,
        IServerStreamWriter<SessionResponse> responseStream,
        ServerCallContext context)
    {
        var outbox = new Outbox<SessionResponse>();
        await outbox.RunWhileAsync(
            cancellation => ReadAsync(requestStream, outbox, cancellation), responseStream, context.CancellationToken);
    }

    public override async Task Fetch(
        IAsyncStreamReader<FetchRequest> requestStream,
        IServerStreamWriter<FetchResponse> responseStream,
        ServerCallContext context)
    {
        var outbox = new Outbox<FetchResponse>();
        _data = outbox;
        await outbox.RunWhileAsync(
            cancellation => ForwardAsync(requestStream, _fetched.Writer, message => message, cancellation),
            responseStream,
            context.CancellationToken);
    }

    public override async Task Answer(
        IAsyncStreamReader<AnswerRequest> requestStream,
        IServerStreamWriter<AnswerResponse> responseStream,
        ServerCallContext context)
    {
        var outbox = new Outbox<AnswerResponse>();
        _questions.TrySetResult(outbox);
        await outbox.RunWhileAsync(
            cancellation => ForwardAsync(requestStream, _answered.Writer, message => message.Answer, cancellation),
            responseStream,
            context.CancellationToken);
    }

    public override async Task<PutSnapshotResponse> PutSnapshot(
        IAsyncStreamReader<PutSnapshotRequest> requestStream, ServerCallContext context)
    {
        string name = "";
        var content = new List<byte>();
        await foreach (PutSnapshotRequest part in requestStream.ReadAllAsync(context.CancellationToken))
        {
            name = part.Manifest?.SnapshotId ?? name;
            content.AddRange(part.Chunk?.ToByteArray() ?? []);
        }

        _snapshots[name] = [.. content];
        return new PutSnapshotResponse { SnapshotId = name };
    }

    public override async Task GetSnapshot(
        GetSnapshotRequest request, IServerStreamWriter<GetSnapshotResponse> responseStream, ServerCallContext context)
    {
        if (!_snapshots.ContainsKey(request.SnapshotId))
        {
            throw new RpcException(new Status(StatusCode.NotFound, "There is no such snapshot."));
        }

        await responseStream.WriteAsync(new() { Manifest = new() { SnapshotId = request.SnapshotId } });
        foreach (byte[] chunk in _snapshots[request.SnapshotId].Chunk(100))
        {
            await responseStream.WriteAsync(new() { Chunk = ByteString.CopyFrom(chunk) });
        }
    }

    public async ValueTask DisposeAsync()
    {
        _session?.End();
        _data?.End();
        if (_questions.Task.IsCompletedSuccessfully)
        {
            (await _questions.Task).End();
        }

        await _app.DisposeAsync();
    }

    private static async Task<T> NextAsync<T>(ChannelReader<T> reader, Func<T, bool> isWanted)
    {
        using var patience = new CancellationTokenSource(_patience);
        while (true)
        {
            T message = await reader.ReadAsync(patience.Token);
            if (isWanted(message))
            {
                return message;
            }
        }
    }

    private static async Task ForwardAsync<TFrom, TTo>(
        IAsyncStreamReader<TFrom> requests,
        ChannelWriter<TTo> writer,
        Func<TFrom, TTo?> select,
        CancellationToken cancellation)
        where TTo : class
    {
        await foreach (TFrom message in requests.ReadAllAsync(cancellation))
        {
            if (select(message) is { } selected)
            {
                await writer.WriteAsync(selected, cancellation);
            }
        }
    }

    private async Task ReadAsync(
        IAsyncStreamReader<SessionRequest> requests, Outbox<SessionResponse> outbox, CancellationToken cancellation)
    {
        await foreach (SessionRequest message in requests.ReadAllAsync(cancellation))
        {
            if (message.MessageCase == SessionRequest.MessageOneofCase.Hello)
            {
                outbox.Post(new() { Welcome = NextWelcome() });
                _session = outbox;
            }
            else if (message.MessageCase == SessionRequest.MessageOneofCase.Heartbeat && AnswersHeartbeats)
            {
                outbox.Post(new() { HeartbeatAck = new() { Sequence = message.Heartbeat.Sequence } });
            }

            await _heard.Writer.WriteAsync(message, cancellation);
        }

        outbox.End();
    }

    private Welcome NextWelcome() => new()
    {
        CoordinatorIncarnation = 1,
        SessionId = (ulong)Interlocked.Increment(ref _sessions),
        LeaseMs = 60_000,
        HeartbeatIntervalMs = 50,
        CheckpointIntervalMs = 100,
    };

    private sealed class Outbox<T>
    {
        private readonly Channel<T> _queue = Channel.CreateUnbounded<T>();

        public void Post(T message) => _queue.Writer.TryWrite(message);

        public void End() => _queue.Writer.TryComplete();

        /// <summary>Writes until the end. Nobody may go on reading when a call is over, so that is waited
        /// for.</summary>
        public async Task RunWhileAsync(
            Func<CancellationToken, Task> read, IServerStreamWriter<T> responses, CancellationToken cancellation)
        {
            using var over = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
            Task reading = read(over.Token);
            try
            {
                await foreach (T message in _queue.Reader.ReadAllAsync(cancellation))
                {
                    await responses.WriteAsync(message, cancellation);
                }
            }
            finally
            {
                await over.CancelAsync();
                await reading.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }
    }
}
