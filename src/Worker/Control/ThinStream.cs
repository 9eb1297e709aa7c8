using System.Buffers.Binary;
using System.Net.Sockets;

namespace Millrace.Worker.Control;

/// <summary>
/// Connections of heartbeats and of what spies report: a packet now and then. On a link that is full of other data such
/// a packet gets lost like any, and as no other follows soon TCP notices by its timer alone, which doubles each time:
/// two losses in a row are seconds of silence. Linux knows such streams: there the timer does not double, and routers
/// and queues that heed priorities let them pass. Where an option is not known the connection is as any other.
/// </summary>
internal static class ThinStream
{
    private const int SolSocket = 1;
    private const int SoPriority = 12;
    private const int IpProtoIp = 0;
    private const int IpTos = 1;
    private const int IpProtoTcp = 6;
    private const int TcpThinLinearTimeouts = 16;

    /// <summary>TC_PRIO_INTERACTIVE, the highest that needs no privilege.</summary>
    private const int Interactive = 6;

    /// <summary>Class selector 6, as network control.</summary>
    private const int ClassSelector6 = 0xC0;

    public static async ValueTask<System.IO.Stream> ConnectAsync(
        SocketsHttpConnectionContext context, CancellationToken cancellation)
    {
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            await socket.ConnectAsync(context.DnsEndPoint, cancellation).ConfigureAwait(false);
            if (OperatingSystem.IsLinux())
            {
                // The priority last: setting the type of service sets one of its own.
                TrySet(socket, IpProtoTcp, TcpThinLinearTimeouts, 1);
                TrySet(socket, IpProtoIp, IpTos, ClassSelector6);
                TrySet(socket, SolSocket, SoPriority, Interactive);
            }

            return new NetworkStream(socket, ownsSocket: true);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    private static void TrySet(Socket socket, int level, int option, int value)
    {
        Span<byte> bytes = stackalloc byte[sizeof(int)];
        BinaryPrimitives.WriteInt32LittleEndian(bytes, value);
        try
        {
            socket.SetRawSocketOption(level, option, bytes);
        }
        catch (SocketException)
        {
            // Not known here.
        }
    }
}
