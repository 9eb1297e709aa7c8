using System.Threading.Tasks.Sources;

namespace Millrace.Client.Producing;

/// <summary>One awaited send. Pooled: its task may be awaited once, as with any <see cref="ValueTask"/>.</summary>
internal sealed class SendCompletion(CompletionPool pool) : IValueTaskSource<Ack>, IValueTaskSource
{
    // Continuations run on the pool, so that what a caller does after an ack never holds up the next ack.
    private ManualResetValueTaskSourceCore<Ack> _source = new() { RunContinuationsAsynchronously = true };

    public ValueTask<Ack> WhenDurable => new(this, _source.Version);

    public ValueTask WhenTaken => new(this, _source.Version);

    public void Succeed(Ack ack) => _source.SetResult(ack);

    public void Fail(Exception why) => _source.SetException(why);

    public Ack GetResult(short token)
    {
        try
        {
            return _source.GetResult(token);
        }
        finally
        {
            _source.Reset();
            pool.Return(this);
        }
    }

    void IValueTaskSource.GetResult(short token) => GetResult(token);

    public ValueTaskSourceStatus GetStatus(short token) => _source.GetStatus(token);

    public void OnCompleted(
        Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags) =>
        _source.OnCompleted(continuation, state, token, flags);
}
