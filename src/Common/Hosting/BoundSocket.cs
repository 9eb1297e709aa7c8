using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace Millrace.Common.Hosting;

/// <summary>
/// A listening socket, taken before anything slow happens: a port in use shows at once, and callers that come while the
/// process starts wait instead of being turned away.
/// </summary>
public sealed class BoundSocket : IDisposable
{
    private const int Backlog = 512;

    private readonly Socket _socket;

    private BoundSocket(Socket socket)
    {
        _socket = socket;
    }

    /// <summary>The operating system's handle, for the server that accepts connections.</summary>
    public ulong Handle => (ulong)_socket.Handle;

    /// <summary>The address really bound, with the port that was free when 0 was asked for.</summary>
    public Uri Address => new($"http://{_socket.LocalEndPoint}");

    /// <param name="setting">Which setting asked for it.</param>
    /// <exception cref="StartupException">PORT_IN_USE, LISTEN_NOT_LOOPBACK or LISTEN_FAILED.</exception>
    public static BoundSocket Listen(ListenAddress address, Setting<ListenAddress> setting)
    {
        if (!address.IsLoopback)
        {
            throw new StartupException(
                $"{setting.Key} = {address} would be open to other machines",
                "no credentials are configured, and without them Millrace listens on this machine only",
                $"{setting.Key} = 127.0.0.1:{address.Port}",
                "LISTEN_NOT_LOOPBACK",
                ExitCodes.Usage);
        }

        var socket = new Socket(address.Address.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            socket.Bind(new IPEndPoint(address.Address, address.Port));
            socket.Listen(Backlog);
            return new BoundSocket(socket);
        }
        catch (SocketException error)
        {
            socket.Dispose();
            throw Failed(address, setting, error);
        }
    }

    public void Dispose() => _socket.Dispose();

    private static StartupException Failed(
        ListenAddress address, Setting<ListenAddress> setting, SocketException error)
    {
        if (error.SocketErrorCode != SocketError.AddressAlreadyInUse)
        {
            return new StartupException(
                $"cannot listen on {address}",
                error.Message,
                $"another address in {setting.Key}",
                "LISTEN_FAILED",
                ExitCodes.Failed);
        }

        string port = address.Port.ToString(CultureInfo.InvariantCulture);
        string owner = PortOwner.Find(address.Port) is { } found ? " by " + found : "";
        return new StartupException(
            $"port {port} is in use{owner}",
            $"{setting.Key} asks for {address}",
            $"stop the other process, or {setting.Key} = {address.Address}:0 for a free port",
            "PORT_IN_USE",
            ExitCodes.Failed);
    }
}
