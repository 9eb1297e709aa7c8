using System.Threading.Channels;
using Grpc.Core;

namespace Millrace.Coordinator.Tests.Ingest;

/// <summary>A client's messages, as the test sends them.</summary>
internal sealed class FakeReader<T> : IAsyncStreamReader<T>
    where T : class
{
    private readonly Channel<T> _messages = Channel.CreateUnbounded<T>();
    private T? _current;

    public T Current => _current!;

    public void Send(T message) => _messages.Writer.TryWrite(message);

    public void End(Exception? error = null) => _messages.Writer.TryComplete(error);

    public async Task<bool> MoveNext(CancellationToken cancellationToken)
    {
        if (!await _messages.Reader.WaitToReadAsync(cancellationToken))
        {
            return false;
        }

        return _messages.Reader.TryRead(out _current);
    }
}

/// <summary>What the server answers; may be made to wait like a client that does not read.</summary>
internal sealed class FakeWriter<T, TCopy>(Func<T, TCopy> copy) : IServerStreamWriter<T>
{
    private readonly Channel<TCopy> _messages = Channel.CreateUnbounded<TCopy>();
    private readonly SemaphoreSlim _open = new(1);

    public WriteOptions? WriteOptions { get; set; }

    public Task WriteAsync(T message) => WriteAsync(message, CancellationToken.None);

    public async Task WriteAsync(T message, CancellationToken cancellationToken)
    {
        await _open.WaitAsync(cancellationToken);
        _open.Release();
        _messages.Writer.TryWrite(copy(message));
    }

    public ValueTask<TCopy> NextAsync() => _messages.Reader.ReadAsync();

    public bool TryNext(out TCopy? message) => _messages.Reader.TryRead(out message);

    public Task BlockAsync() => _open.WaitAsync();

    public void Unblock() => _open.Release();
}
