using System.Runtime.CompilerServices;

namespace Grpc.Core;

/// <summary>
/// The functions of a running call. A client implementation hands over functions with a shared state, which saves
/// it closures; an interceptor hands over plain ones, which then are the state.
/// </summary>
internal sealed record CallFunctions(
    Task<Metadata> ResponseHeaders, Func<Status> GetStatus, Func<Metadata> GetTrailers, Action Dispose)
{
    public static readonly Func<object, Task<Metadata>> ResponseHeadersOf
        = static s => ((CallFunctions)s).ResponseHeaders;

    public static readonly Func<object, Status> StatusOf = static s => ((CallFunctions)s).GetStatus();

    public static readonly Func<object, Metadata> TrailersOf = static s => ((CallFunctions)s).GetTrailers();

    public static readonly Action<object> DisposeOf = static s => ((CallFunctions)s).Dispose();
}

/// <summary>A unary call under way.</summary>
public sealed class AsyncUnaryCall<TResponse>(
    Task<TResponse> responseAsync,
    Func<object, Task<Metadata>> responseHeadersAsync,
    Func<object, Status> getStatusFunc,
    Func<object, Metadata> getTrailersFunc,
    Action<object> disposeAction,
    object state)
    : IDisposable
{
    public AsyncUnaryCall(
        Task<TResponse> responseAsync,
        Task<Metadata> responseHeadersAsync,
        Func<Status> getStatusFunc,
        Func<Metadata> getTrailersFunc,
        Action disposeAction)
        : this(
            responseAsync,
            CallFunctions.ResponseHeadersOf,
            CallFunctions.StatusOf,
            CallFunctions.TrailersOf,
            CallFunctions.DisposeOf,
            new CallFunctions(responseHeadersAsync, getStatusFunc, getTrailersFunc, disposeAction))
    {
    }

    public Task<TResponse> ResponseAsync => responseAsync;

    public Task<Metadata> ResponseHeadersAsync => responseHeadersAsync(state);

    public TaskAwaiter<TResponse> GetAwaiter() => responseAsync.GetAwaiter();

    public ConfiguredTaskAwaitable<TResponse> ConfigureAwait(bool continueOnCapturedContext)
        => responseAsync.ConfigureAwait(continueOnCapturedContext);

    public Status GetStatus() => getStatusFunc(state);

    public Metadata GetTrailers() => getTrailersFunc(state);

    /// <summary>Cancels the call if it still runs.</summary>
    public void Dispose() => disposeAction(state);
}

/// <summary>A call that sends a stream and gets one answer.</summary>
public sealed class AsyncClientStreamingCall<TRequest, TResponse>(
    IClientStreamWriter<TRequest> requestStream,
    Task<TResponse> responseAsync,
    Func<object, Task<Metadata>> responseHeadersAsync,
    Func<object, Status> getStatusFunc,
    Func<object, Metadata> getTrailersFunc,
    Action<object> disposeAction,
    object state)
    : IDisposable
{
    public AsyncClientStreamingCall(
        IClientStreamWriter<TRequest> requestStream,
        Task<TResponse> responseAsync,
        Task<Metadata> responseHeadersAsync,
        Func<Status> getStatusFunc,
        Func<Metadata> getTrailersFunc,
        Action disposeAction)
        : this(
            requestStream,
            responseAsync,
            CallFunctions.ResponseHeadersOf,
            CallFunctions.StatusOf,
            CallFunctions.TrailersOf,
            CallFunctions.DisposeOf,
            new CallFunctions(responseHeadersAsync, getStatusFunc, getTrailersFunc, disposeAction))
    {
    }

    public IClientStreamWriter<TRequest> RequestStream => requestStream;

    public Task<TResponse> ResponseAsync => responseAsync;

    public Task<Metadata> ResponseHeadersAsync => responseHeadersAsync(state);

    public TaskAwaiter<TResponse> GetAwaiter() => responseAsync.GetAwaiter();

    public ConfiguredTaskAwaitable<TResponse> ConfigureAwait(bool continueOnCapturedContext)
        => responseAsync.ConfigureAwait(continueOnCapturedContext);

    public Status GetStatus() => getStatusFunc(state);

    public Metadata GetTrailers() => getTrailersFunc(state);

    /// <summary>Cancels the call if it still runs.</summary>
    public void Dispose() => disposeAction(state);
}

/// <summary>A call that sends one request and gets a stream.</summary>
public sealed class AsyncServerStreamingCall<TResponse>(
    IAsyncStreamReader<TResponse> responseStream,
    Func<object, Task<Metadata>> responseHeadersAsync,
    Func<object, Status> getStatusFunc,
    Func<object, Metadata> getTrailersFunc,
    Action<object> disposeAction,
    object state)
    : IDisposable
{
    public AsyncServerStreamingCall(
        IAsyncStreamReader<TResponse> responseStream,
        Task<Metadata> responseHeadersAsync,
        Func<Status> getStatusFunc,
        Func<Metadata> getTrailersFunc,
        Action disposeAction)
        : this(
            responseStream,
            CallFunctions.ResponseHeadersOf,
            CallFunctions.StatusOf,
            CallFunctions.TrailersOf,
            CallFunctions.DisposeOf,
            new CallFunctions(responseHeadersAsync, getStatusFunc, getTrailersFunc, disposeAction))
    {
    }

    public IAsyncStreamReader<TResponse> ResponseStream => responseStream;

    public Task<Metadata> ResponseHeadersAsync => responseHeadersAsync(state);

    public Status GetStatus() => getStatusFunc(state);

    public Metadata GetTrailers() => getTrailersFunc(state);

    /// <summary>Cancels the call if it still runs.</summary>
    public void Dispose() => disposeAction(state);
}

/// <summary>A call that streams both ways.</summary>
public sealed class AsyncDuplexStreamingCall<TRequest, TResponse>(
    IClientStreamWriter<TRequest> requestStream,
    IAsyncStreamReader<TResponse> responseStream,
    Func<object, Task<Metadata>> responseHeadersAsync,
    Func<object, Status> getStatusFunc,
    Func<object, Metadata> getTrailersFunc,
    Action<object> disposeAction,
    object state)
    : IDisposable
{
    public AsyncDuplexStreamingCall(
        IClientStreamWriter<TRequest> requestStream,
        IAsyncStreamReader<TResponse> responseStream,
        Task<Metadata> responseHeadersAsync,
        Func<Status> getStatusFunc,
        Func<Metadata> getTrailersFunc,
        Action disposeAction)
        : this(
            requestStream,
            responseStream,
            CallFunctions.ResponseHeadersOf,
            CallFunctions.StatusOf,
            CallFunctions.TrailersOf,
            CallFunctions.DisposeOf,
            new CallFunctions(responseHeadersAsync, getStatusFunc, getTrailersFunc, disposeAction))
    {
    }

    public IClientStreamWriter<TRequest> RequestStream => requestStream;

    public IAsyncStreamReader<TResponse> ResponseStream => responseStream;

    public Task<Metadata> ResponseHeadersAsync => responseHeadersAsync(state);

    public Status GetStatus() => getStatusFunc(state);

    public Metadata GetTrailers() => getTrailersFunc(state);

    /// <summary>Cancels the call if it still runs.</summary>
    public void Dispose() => disposeAction(state);
}
