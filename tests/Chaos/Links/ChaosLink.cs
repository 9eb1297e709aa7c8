using System.Net;
using System.Net.Sockets;

namespace Millrace.Chaos.Links;

/// <summary>
/// A TCP relay between one worker and the coordinator that can misbehave as a network does: hold bytes back in one
/// direction or both without a word, delay them, or reset every connection.
/// </summary>
internal sealed class ChaosLink : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _stop = new();
    private readonly Lock _gate = new();
    private readonly HashSet<RelayedConnection> _connections = [];
    private readonly Func<Uri> _target;
    private readonly Task _accepting;

    /// <param name="target">Where connections go now; asked for each one.</param>
    public ChaosLink(Func<Uri> target)
    {
        _target = target;
        _listener.Start();
        _accepting = AcceptAsync();
    }

    /// <summary>What the worker is told to be the coordinator's address.</summary>
    public string Address => $"http://127.0.0.1:{((IPEndPoint)_listener.LocalEndpoint).Port}";

    /// <summary>How the link behaves now, for connections open and to come.</summary>
    public LinkWeather Weather { get; } = new();

    /// <summary>Ends every connection at once, with RST both ways.</summary>
    public void ResetAll()
    {
        lock (_gate)
        {
            foreach (RelayedConnection connection in _connections)
            {
                connection.Reset();
            }
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        _listener.Dispose();
        ResetAll();
        await _accepting.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _stop.Dispose();
    }

    private async Task AcceptAsync()
    {
        while (!_stop.IsCancellationRequested)
        {
            Socket inner = await _listener.AcceptSocketAsync(_stop.Token);
            _ = RelayAsync(inner);
        }
    }

    private async Task RelayAsync(Socket inner)
    {
        using var outer = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        var connection = new RelayedConnection(inner, outer, Weather);
        try
        {
            Uri target = _target();
            await outer.ConnectAsync(IPAddress.Parse(target.Host), target.Port, _stop.Token);
            lock (_gate)
            {
                _connections.Add(connection);
            }

            await connection.RunAsync(_stop.Token);
        }
        catch (Exception gone) when (gone is SocketException or OperationCanceledException or ObjectDisposedException)
        {
            // A relay has nothing to say about why an end went away.
        }
        finally
        {
            lock (_gate)
            {
                _connections.Remove(connection);
            }

            connection.Reset();
        }
    }
}
