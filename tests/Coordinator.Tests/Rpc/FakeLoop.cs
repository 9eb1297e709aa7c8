using System.Collections.Concurrent;
using System.Threading.Channels;
using Millrace.Common.Model;
using Millrace.Coordinator.Core;
using Millrace.Coordinator.Core.Topics;
using Millrace.Coordinator.Loop;

namespace Millrace.Coordinator.Tests.Rpc;

/// <summary>A loop without a machine: shows what was posted and answers calls as the test says.</summary>
internal sealed class FakeLoop : IControlLoop
{
    private readonly Channel<Input> _posted = Channel.CreateUnbounded<Input>();
    private long _lastCall;

    public ulong Incarnation => 7;

    public Routing Routing { get; set; } = Routing.Empty;

    public ConcurrentDictionary<ulong, ISessionSink> Sessions { get; } = new();

    /// <summary>Gives the result of a call, or a refusal.</summary>
    public Func<Input, object> Answer { get; set; } = input => throw new NotSupportedException($"{input}");

    /// <summary>The next input that was posted. Waits for it.</summary>
    public async Task<T> TakeAsync<T>()
        where T : Input
    {
        using var timeout = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        return (T)await _posted.Reader.ReadAsync(timeout.Token);
    }

    public bool TryTake(out Input? input) => _posted.Reader.TryRead(out input);

    public ValueTask PostAsync(Input input, CancellationToken cancellation) =>
        _posted.Writer.WriteAsync(input, cancellation);

    public Task<T> AskAsync<T>(Func<long, Input> input, CancellationToken cancellation)
    {
        cancellation.ThrowIfCancellationRequested();
        object result = Answer(input(Interlocked.Increment(ref _lastCall)));
        return result is Refusal refusal
            ? Task.FromException<T>(new RefusalException(refusal))
            : Task.FromResult((T)result);
    }

    public void OpenSession(ulong session, ISessionSink sink) => Sessions[session] = sink;

    public void CloseSession(ulong session) => Sessions.TryRemove(session, out _);
}
