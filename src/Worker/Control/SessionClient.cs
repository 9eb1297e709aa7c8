using Grpc.Core;
using Microsoft.Extensions.Logging;
using Millrace.Common.Failpoints;
using Millrace.Protocol.Worker.V1;
using Millrace.Worker.Core;
using Millrace.Worker.Logs;
using Millrace.Worker.Run;

namespace Millrace.Worker.Control;

/// <summary>Keeps a session with the coordinator open, one after another, as long as the worker lives.</summary>
internal sealed class SessionClient(
    WorkerIdentity identity,
    CoordinatorAddress address,
    WorkerLoop loop,
    LeaseKeeper lease,
    SessionParts parts) : IControlLink
{
    private static readonly TimeSpan _welcomeTimeout = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan _complainInterval = TimeSpan.FromSeconds(5);

    /// <summary>A session that ends sooner was no good: two workers of one name push each other out, and must not do so
    /// as fast as they can.</summary>
    private static readonly TimeSpan _goodSession = TimeSpan.FromSeconds(2);

    private readonly ReconnectDelay _delay = new(new Random());
    private readonly ILogger _logger = parts.Logger;
    private volatile SessionSender? _sender;
    private volatile bool _completing;

    /// <summary>A worker that is started together with its coordinator finds it within this time.</summary>
    private TimeSpan _nextComplaint = parts.Clock.Uptime + TimeSpan.FromSeconds(1);

    public void Send(SessionMessage message) => _sender?.Send(SessionMessages.ToRequest(message));

    /// <summary>Nothing more will be said: what is queued goes out and the session ends in good order.</summary>
    public void Complete()
    {
        _completing = true;
        _sender?.Complete();
    }

    /// <summary>Runs until cancelled, or until a session was completed.</summary>
    public async Task RunAsync(CancellationToken cancellation)
    {
        bool completed = false;
        while (!completed && !_completing && !cancellation.IsCancellationRequested)
        {
            try
            {
                completed = await TrySessionAsync(cancellation).ConfigureAwait(false);
            }
            catch (Exception error) when (error is RpcException or IOException or OperationCanceledException
                or InvalidOperationException)
            {
                Complain(error, cancellation);
            }

            if (!completed && !_completing)
            {
                await Task.Delay(_delay.Next(), parts.Clock.Time, cancellation)
                    .ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }
    }

    /// <summary>True: it was ended by <see cref="Complete"/>.</summary>
    private async Task<bool> TrySessionAsync(CancellationToken cancellation)
    {
        if (address.Resolve() is not { } uri)
        {
            throw new IOException($"there is no endpoints file at {address} yet");
        }

        var givenUp = new CancellationTokenSource();
        using var connections = new Connections(uri);
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(cancellation, givenUp.Token);
        using AsyncDuplexStreamingCall<SessionRequest, SessionResponse> call =
            connections.Control.Session(cancellationToken: ending.Token);
        TimeSpan helloSentAt = parts.Clock.Uptime;
        Welcome welcome = await GreetAsync(call, ending.Token).ConfigureAwait(false);
        var sender = new SessionSender(call.RequestStream, givenUp);
        _sender = sender;
        parts.Current.Set(connections);
        lease.Open(
            TimeSpan.FromMilliseconds(welcome.LeaseMs),
            TimeSpan.FromMilliseconds(welcome.HeartbeatIntervalMs),
            helloSentAt,
            sender);
        TimeSpan openedAt = parts.Clock.Uptime;
        _logger.SessionOpened(uri, welcome.SessionId, welcome.CoordinatorIncarnation);
        try
        {
            var session = new OpenSession(identity, welcome.SessionId, connections);
            return await RunSessionAsync(session, welcome, call, sender, ending).ConfigureAwait(false);
        }
        finally
        {
            _sender = null;
            lease.Close();
            parts.Current.Set(null);
            loop.Post(new SessionLost(welcome.SessionId));
            if (parts.Clock.Uptime - openedAt >= _goodSession)
            {
                _delay.Reset();
            }
        }
    }

    private async Task<Welcome> GreetAsync(
        AsyncDuplexStreamingCall<SessionRequest, SessionResponse> call, CancellationToken cancellation)
    {
        using var timeout = new CancellationTokenSource(_welcomeTimeout, parts.Clock.Time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellation, timeout.Token);
        try
        {
            SessionRequest hello = SessionMessages.Hello(
                identity, await loop.HeldAsync(either.Token).ConfigureAwait(false));
            await WriteAsync(call.RequestStream, hello, either.Token).ConfigureAwait(false);
            if (await call.ResponseStream.MoveNext(either.Token).ConfigureAwait(false)
                && call.ResponseStream.Current.MessageCase == SessionResponse.MessageOneofCase.Welcome)
            {
                return call.ResponseStream.Current.Welcome;
            }
        }
        catch (Exception error) when (timeout.IsCancellationRequested && error is not IOException)
        {
            throw new IOException($"no welcome came within {_welcomeTimeout.TotalSeconds:0} s", error);
        }

        throw new IOException("the coordinator did not answer the hello with a welcome");
    }

    /// <summary>A call that is over refuses writes without saying why; reading from it does.</summary>
    private static async Task WriteAsync(
        IClientStreamWriter<SessionRequest> requests, SessionRequest hello, CancellationToken cancellation)
    {
        try
        {
            await requests.WriteAsync(hello, cancellation).ConfigureAwait(false);
        }
        catch (InvalidOperationException)
        {
        }
    }

    private async Task<bool> RunSessionAsync(
        OpenSession session,
        Welcome welcome,
        AsyncDuplexStreamingCall<SessionRequest, SessionResponse> call,
        SessionSender sender,
        CancellationTokenSource ending)
    {
        // The streams before the input: grants are on their way, and their blocks shall be asked for without waiting.
        Task[] streams = [.. parts.Streams.Select(stream => stream.RunAsync(session, ending.Token))];
        await loop.PostAsync(
            new SessionOpened(session.Number, TimeSpan.FromMilliseconds(welcome.CheckpointIntervalMs)),
            ending.Token).ConfigureAwait(false);
        Task writing = sender.RunAsync(ending.Token);
        try
        {
            await ReadAsync(call.ResponseStream, ending.Token).ConfigureAwait(false);
            return writing.IsCompletedSuccessfully;
        }
        finally
        {
            await ending.CancelAsync().ConfigureAwait(false);
            await Task.WhenAll([writing, .. streams]).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private async Task ReadAsync(IAsyncStreamReader<SessionResponse> responses, CancellationToken cancellation)
    {
        while (await responses.MoveNext(cancellation).ConfigureAwait(false))
        {
            SessionResponse response = responses.Current;
            if (response.MessageCase == SessionResponse.MessageOneofCase.HeartbeatAck)
            {
                lease.Answer(response.HeartbeatAck.Sequence);
                continue;
            }

            if (response is { MessageCase: SessionResponse.MessageOneofCase.CommitResult, CommitResult.Accepted: true })
            {
                Failpoint.Hit("W7");
            }

            if (SessionMessages.ToInput(response) is { } input)
            {
                await loop.PostAsync(input, cancellation).ConfigureAwait(false);
            }
        }
    }

    /// <summary>Says why there is no session, but not for every quick try.</summary>
    private void Complain(Exception error, CancellationToken cancellation)
    {
        TimeSpan now = parts.Clock.Uptime;
        if (cancellation.IsCancellationRequested || now < _nextComplaint)
        {
            return;
        }

        _nextComplaint = now + _complainInterval;
        string why = error is RpcException rpc ? $"{rpc.StatusCode}: {rpc.Status.Detail}" : error.Message;
        _logger.NoSession(address.ToString(), why.TrimEnd('.'));
    }
}
