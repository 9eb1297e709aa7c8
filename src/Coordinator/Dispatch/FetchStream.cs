using System.Threading.Channels;
using Grpc.Core;
using Millrace.Common.Model;
using Millrace.Common.Wire;
using Millrace.Coordinator.Logs;
using Millrace.Protocol.Worker.V1;

namespace Millrace.Coordinator.Dispatch;

/// <summary>One worker's data stream: a read loop that only hands on what the worker says, and a send loop that owns
/// the subscriptions.</summary>
internal sealed class FetchStream(ulong session, DispatchParts parts, SignsOfLife signs) : IDisposable
{
    private const int MaxQueuedCommands = 1024;

    private readonly Channel<FeedCommand> _commands = Channel.CreateBounded<FeedCommand>(
        new BoundedChannelOptions(MaxQueuedCommands) { SingleReader = true, SingleWriter = true });

    private readonly TaskCompletionSource _replaced = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly StreamFeed _feed = new(parts.Ring, parts.Journal, parts.Limits);
    private volatile bool _wantsNotice;
    private volatile bool _noticeDue;

    public ulong Session { get; } = session;

    /// <summary>Set when there may be something to send.</summary>
    public WakeSignal Wake { get; } = new();

    /// <summary>A newer stream of the session has come. Ends even a write that the worker does not take.</summary>
    public void Replace() => _replaced.TrySetResult();

    /// <summary>From time to time: lets the stream tell its tasks that there is nothing for them.</summary>
    public void RemindOfNotices()
    {
        if (_wantsNotice)
        {
            _noticeDue = true;
            Wake.Set();
        }
    }

    /// <exception cref="RpcException">The stream was replaced, or asked for what cannot be given.</exception>
    public async Task RunAsync(
        IAsyncStreamReader<FetchRequest> requests,
        IServerStreamWriter<RawFetchResponse> responses,
        CancellationToken cancellation)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        Task reading = ReadAsync(requests, stop.Token);
        Task sending = SendAsync(responses, stop.Token);
        Task first = await Task.WhenAny(reading, sending, _replaced.Task);
        await stop.CancelAsync();
        await Task.WhenAll(reading, sending).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (first == _replaced.Task)
        {
            throw DispatchRefusals.Replaced(Session).ToRpcException();
        }

        try
        {
            await first;
        }
        catch (RefusalException refused)
        {
            parts.Log.FetchRefused(Session, refused.Refusal.Reason, refused.Refusal.Message);
            throw refused.Refusal.ToRpcException();
        }
        catch (Exception gone) when (gone is OperationCanceledException or IOException)
        {
            // The worker has left; whether it is lost its control stream decides.
        }
    }

    public void Dispose() => _feed.Dispose();

    private async Task ReadAsync(IAsyncStreamReader<FetchRequest> requests, CancellationToken cancellation)
    {
        while (await requests.MoveNext(cancellation))
        {
            FetchRequest request = requests.Current;
            await signs.GiveAsync(cancellation);
            switch (request.MessageCase)
            {
                case FetchRequest.MessageOneofCase.Subscribe:
                    Subscribe subscribe = request.Subscribe;
                    await HandOnAsync(
                        new FeedCommand(
                            FeedAction.Subscribe,
                            new TaskId(subscribe.TaskId),
                            new Epoch(subscribe.Epoch),
                            subscribe.Subscription,
                            subscribe.Position,
                            subscribe.NextOffset,
                            subscribe.CreditBytes),
                        cancellation);
                    break;
                case FetchRequest.MessageOneofCase.Unsubscribe:
                    await HandOnAsync(
                        new FeedCommand(
                            FeedAction.Unsubscribe,
                            new TaskId(request.Unsubscribe.TaskId),
                            new Epoch(request.Unsubscribe.Epoch),
                            0,
                            0,
                            0,
                            0),
                        cancellation);
                    break;
                case FetchRequest.MessageOneofCase.Credit:
                    foreach (TaskCredit credit in request.Credit.Tasks)
                    {
                        await HandOnAsync(
                            new FeedCommand(
                                FeedAction.Credit,
                                new TaskId(credit.TaskId),
                                new Epoch(credit.Epoch),
                                credit.Subscription,
                                0,
                                0,
                                credit.Bytes),
                            cancellation);
                    }

                    break;
            }

            Wake.Set();
        }
    }

    /// <summary>A full queue has something for the send loop to do, so it is woken before waiting for room.</summary>
    private async ValueTask HandOnAsync(FeedCommand command, CancellationToken cancellation)
    {
        if (!_commands.Writer.TryWrite(command))
        {
            Wake.Set();
            await _commands.Writer.WriteAsync(command, cancellation);
        }
    }

    private async Task SendAsync(IServerStreamWriter<RawFetchResponse> responses, CancellationToken cancellation)
    {
        var message = new FetchMessage(parts.Limits.MessageBytes);
        try
        {
            while (true)
            {
                cancellation.ThrowIfCancellationRequested();
                ApplyCommands();
                bool due = _noticeDue;
                _noticeDue = false;
                bool more = _feed.Compose(message, due);
                if (message.Response.Blocks.Count > 0)
                {
                    await responses.WriteAsync(message.Response, cancellation);
                    message.Clear();
                }
                else if (more)
                {
                    await Task.Yield();
                }
                else
                {
                    _wantsNotice = _feed.HasNotices;
                    await Wake.WaitAsync(cancellation);
                }
            }
        }
        finally
        {
            message.Clear();
        }
    }

    private void ApplyCommands()
    {
        while (_commands.Reader.TryRead(out FeedCommand command))
        {
            switch (command.Action)
            {
                case FeedAction.Subscribe:
                    Subscribe(command);
                    break;
                case FeedAction.Unsubscribe:
                    _feed.Unsubscribe(command.Task, command.Epoch);
                    break;
                default:
                    _feed.AddCredit(command.Task, command.Epoch, command.Subscription, command.CreditBytes);
                    break;
            }
        }
    }

    /// <summary>The grant was there before the worker heard of it, so if it is missing the worker is late.</summary>
    private void Subscribe(in FeedCommand command)
    {
        if (parts.Grants.Find(Session, command.Task, command.Epoch) is { } grant)
        {
            _feed.Subscribe(new TaskCursor(
                grant, command.Subscription, command.Position, command.NextOffset, command.CreditBytes));
        }
        else
        {
            parts.Log.SubscribeIgnored(Session, command.Task, command.Epoch);
        }
    }
}
