using Google.Protobuf;
using Grpc.Core;
using Microsoft.Extensions.Logging;
using Millrace.Client.Core;
using Millrace.Client.Errors;
using Millrace.Client.Logs;
using Millrace.Common.Model;

namespace Millrace.Client.Connecting;

/// <summary>Plain calls, made again for a while when the coordinator cannot be reached or has too much to
/// do.</summary>
internal sealed class UnaryCalls
{
    /// <summary>Rows that are asked for at a time.</summary>
    public const int PageSize = 1000;

    private static readonly TimeSpan _minWait = TimeSpan.FromMilliseconds(50);
    private static readonly TimeSpan _maxWait = TimeSpan.FromMilliseconds(500);

    private readonly Connection _connection;
    private readonly ILogger _log;

    public UnaryCalls(Connection connection)
    {
        _connection = connection;
        _log = connection.Options.LoggerFactory.CreateLogger("Millrace.Client.Calls");
    }

    /// <exception cref="MillraceException">The coordinator refused, or could not be reached for too long.</exception>
    public async Task<T> CallAsync<T>(
        Func<CallInvoker, CallOptions, AsyncUnaryCall<T>> call, CancellationToken cancellation)
    {
        MillraceClientOptions options = _connection.Options;
        long startedAt = options.TimeProvider.GetTimestamp();
        var backoff = new Backoff(_minWait, _maxWait, (ulong)Random.Shared.NextInt64());
        while (true)
        {
            DateTime deadline = options.TimeProvider.GetUtcNow().UtcDateTime + options.CallTimeout;
            try
            {
                using AsyncUnaryCall<T> running = call(
                    _connection.Invoker, new CallOptions(deadline: deadline, cancellationToken: cancellation));
                return await running.ResponseAsync.ConfigureAwait(false);
            }
            catch (Exception e) when (e is RpcException or MillraceException or ObjectDisposedException)
            {
                cancellation.ThrowIfCancellationRequested();
                Refusal why = RpcErrors.Refusal(e);
                TimeSpan wait = backoff.Next(why.RetryAfter);
                bool late = options.TimeProvider.GetElapsedTime(startedAt) + wait > options.RetryFor;
                if ((why.Kind != RefusalKind.Unavailable && why.RetryAfter is null) || late)
                {
                    throw new MillraceException(why, e);
                }

                _log.CallRepeated(why.Reason, why.Message, wait.TotalMilliseconds);
                await Task.Delay(wait, options.TimeProvider, cancellation).ConfigureAwait(false);
                _connection.TryRefresh();
            }
        }
    }

    /// <summary>A list call's rows of all pages, as if there were one page.</summary>
    /// <param name="list">Gets the page of a token; "" is that of the first.</param>
    /// <param name="nextToken">"": there are no more pages.</param>
    /// <exception cref="MillraceException">As <see cref="CallAsync"/>.</exception>
    public async Task<T> AllPagesAsync<T>(
        Func<string, CallInvoker, CallOptions, AsyncUnaryCall<T>> list,
        Func<T, string> nextToken,
        Action<T> clearToken,
        CancellationToken cancellation)
        where T : IMessage<T>, new()
    {
        var all = new T();
        string token = "";
        do
        {
            string current = token;
            T page = await CallAsync((invoker, options) => list(current, invoker, options), cancellation)
                .ConfigureAwait(false);
            token = nextToken(page);
            all.MergeFrom(page);
        }
        while (token.Length > 0);
        clearToken(all);
        return all;
    }
}
