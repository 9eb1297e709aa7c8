using System.Net.Sockets;
using Millrace.Integration.Tests.Processes;

namespace Millrace.Chaos.Links;

/// <summary>One connection through a link: two copies, each under the weather of its direction.</summary>
internal sealed class RelayedConnection(Socket inner, Socket outer, LinkWeather weather)
{
    private const int ChunkBytes = 64 * 1024;
    private static readonly TimeSpan _look = TimeSpan.FromMilliseconds(10);

    /// <summary>Runs until either end is gone.</summary>
    public async Task RunAsync(CancellationToken cancellation)
    {
        inner.NoDelay = true;
        outer.NoDelay = true;
        await Task.WhenAny(
            CopyAsync(inner, outer, () => weather.HoldsUp, cancellation),
            CopyAsync(outer, inner, () => weather.HoldsDown, cancellation));
    }

    /// <summary>RST to both ends.</summary>
    public void Reset()
    {
        foreach (Socket socket in new[] { inner, outer })
        {
            socket.Close(timeout: 0);
        }
    }

    private async Task CopyAsync(Socket from, Socket to, Func<bool> held, CancellationToken cancellation)
    {
        byte[] buffer = new byte[ChunkBytes];
        using var timer = new PeriodicTimer(_look);
        while (true)
        {
            int count = await from.ReceiveAsync(buffer, cancellation);
            if (count == 0)
            {
                return;
            }

            if (weather.NextDelay is var delay && delay > TimeSpan.Zero)
            {
                await Wait.ForAsync(delay, cancellation);
            }

            while (held())
            {
                await timer.WaitForNextTickAsync(cancellation);
            }

            for (int sent = 0; sent < count;)
            {
                sent += await to.SendAsync(buffer.AsMemory(sent, count - sent), cancellation);
            }
        }
    }
}
