using System.Threading.Channels;

namespace Millrace.Common.Wire;

/// <summary>
/// Wakes a stream's write loop. Many signals before it looks count as one, so it never grows; the one who signals never
/// runs the loop's code. One loop may wait at a time.
/// </summary>
public sealed class WakeSignal
{
    private readonly Channel<bool> _channel = Channel.CreateBounded<bool>(
        new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite, SingleReader = true });

    /// <summary>From any thread; returns at once.</summary>
    public void Set() => _channel.Writer.TryWrite(true);

    /// <summary>Returns once the signal has been set since the last return.</summary>
    public async ValueTask WaitAsync(CancellationToken cancellation) =>
        await _channel.Reader.ReadAsync(cancellation).ConfigureAwait(false);
}
