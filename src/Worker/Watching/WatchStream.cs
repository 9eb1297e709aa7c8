using Grpc.Core;
using Grpc.Net.Client;
using Millrace.Protocol.Worker.V1;
using Millrace.Worker.Control;

namespace Millrace.Worker.Watching;

/// <summary>Tells the coordinator what a worker's process is seen to be doing, on a connection of its own.</summary>
/// <param name="worker">The worker's name.</param>
/// <param name="incarnation">The life that is watched.</param>
/// <param name="look">What it is doing now.</param>
internal sealed class WatchStream(
    CoordinatorAddress address, string worker, ulong incarnation, Func<ProcessSight> look, TimeProvider time)
{
    private static readonly TimeSpan _lookEvery = TimeSpan.FromMilliseconds(25);
    private static readonly TimeSpan _sayEvery = TimeSpan.FromMilliseconds(200);

    /// <summary>A coordinator that takes nothing for so long is not there: another connection may find it.</summary>
    private static readonly TimeSpan _answerPatience = TimeSpan.FromSeconds(3);

    /// <summary>How long to look for somebody to tell that the process has ended: a coordinator that starts again is
    /// there by then.</summary>
    private static readonly TimeSpan _lastPatience = TimeSpan.FromSeconds(10);

    private readonly ReconnectDelay _delay = new(new Random());
    private ProcessSight _seen = new(ProcessState.Running);
    private long _goneAt;

    /// <summary>Returns when the end of the process was told, or nobody was there to be told.</summary>
    public async Task RunAsync(CancellationToken cancellation)
    {
        while (!cancellation.IsCancellationRequested && !IsPointless())
        {
            try
            {
                if (await TryStreamAsync(cancellation).ConfigureAwait(false))
                {
                    return;
                }
            }
            catch (Exception error) when (error is RpcException or IOException or OperationCanceledException
                or InvalidOperationException)
            {
                // There is nobody to tell yet: the next try may find somebody.
            }

            await Task.Delay(_delay.Next(), time, cancellation).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private bool IsPointless() =>
        Look().State == ProcessState.Gone && time.GetElapsedTime(_goneAt) > _lastPatience;

    private ProcessSight Look()
    {
        if (_seen.State != ProcessState.Gone)
        {
            _seen = look();
            _goneAt = time.GetTimestamp();
        }

        return _seen;
    }

    /// <returns>Whether the end of the process was told.</returns>
    private async Task<bool> TryStreamAsync(CancellationToken cancellation)
    {
        if (address.Resolve() is not { } uri)
        {
            return false;
        }

        using GrpcChannel channel = Connections.OpenThin(uri);
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        using AsyncDuplexStreamingCall<WatchRequest, WatchResponse> call =
            new WorkerProtocolService.WorkerProtocolServiceClient(channel).Watch(cancellationToken: ending.Token);
        Task writing = WriteAsync(call.RequestStream, ending.Token);
        try
        {
            while (await MoveNextAsync(call.ResponseStream, ending).ConfigureAwait(false))
            {
                _delay.Reset();
            }

            await writing.ConfigureAwait(false);
            return true;
        }
        finally
        {
            await ending.CancelAsync().ConfigureAwait(false);
            await writing.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private async Task<bool> MoveNextAsync(
        IAsyncStreamReader<WatchResponse> responses, CancellationTokenSource ending)
    {
        using var patience = new CancellationTokenSource(_answerPatience, time);
        await using CancellationTokenRegistration giveUp = patience.Token.Register(ending.Cancel);
        return await responses.MoveNext(ending.Token).ConfigureAwait(false);
    }

    /// <summary>Ends the stream in good order after the end of the process; the coordinator ends its side when it has
    /// taken everything.</summary>
    private async Task WriteAsync(IClientStreamWriter<WatchRequest> requests, CancellationToken cancellation)
    {
        ProcessSight? said = null;
        long saidAt = 0;
        while (said is not { State: ProcessState.Gone })
        {
            ProcessSight seen = Look();
            if (seen != said || time.GetElapsedTime(saidAt) >= _sayEvery)
            {
                await requests.WriteAsync(Request(seen), cancellation).ConfigureAwait(false);
                (said, saidAt) = (seen, time.GetTimestamp());
            }

            await Task.Delay(_lookEvery, time, cancellation).ConfigureAwait(false);
        }

        await requests.CompleteAsync().ConfigureAwait(false);
    }

    private WatchRequest Request(ProcessSight seen)
    {
        var request = new WatchRequest { Worker = worker, Incarnation = incarnation, State = seen.State };
        if (seen.ExitCode is { } code)
        {
            request.ExitCode = (uint)code;
        }

        return request;
    }
}
