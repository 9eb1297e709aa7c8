using Grpc.Net.Client;
using Millrace.Common.Wire;
using Millrace.Protocol.Worker.V1;

namespace Millrace.Worker.Control;

/// <summary>
/// The connections of one session: one for control, one for blocks, one for snapshots and questions, so that none of
/// them waits behind another's bytes. Made anew for each session, which also forgets every wait of the old ones.
/// </summary>
internal sealed class Connections : IDisposable
{
    /// <summary>Bytes: the largest event and what surrounds it, and more than any other message.</summary>
    private const int MaxMessageBytes = 8 << 20;

    private const int DataWindowBytes = 4 << 20;
    private static readonly TimeSpan _connectTimeout = TimeSpan.FromSeconds(2);

    private readonly GrpcChannel _control;
    private readonly GrpcChannel _data;
    private readonly GrpcChannel _bulk;

    public Connections(Uri address)
    {
        Address = address;
        _control = OpenThin(address);
        _data = Open(address, DataWindowBytes);
        _bulk = Open(address, window: null);
        Control = new WorkerProtocolService.WorkerProtocolServiceClient(_control);
        Bulk = new WorkerProtocolService.WorkerProtocolServiceClient(_bulk);
    }

    public Uri Address { get; }

    public WorkerProtocolService.WorkerProtocolServiceClient Control { get; }

    public WorkerProtocolService.WorkerProtocolServiceClient Bulk { get; }

    /// <summary>The data stream, its blocks not decoded.</summary>
    public Grpc.Core.AsyncDuplexStreamingCall<FetchRequest, RawFetchResponse> Fetch(CancellationToken cancellation) =>
        _data.CreateCallInvoker().AsyncDuplexStreamingCall(
            WorkerMethods.Fetch, null, new Grpc.Core.CallOptions(cancellationToken: cancellation));

    public void Dispose()
    {
        _control.Dispose();
        _data.Dispose();
        _bulk.Dispose();
    }

    /// <summary>For few small messages that must get through, see <see cref="ThinStream"/>.</summary>
    public static GrpcChannel OpenThin(Uri address)
    {
        SocketsHttpHandler handler = NewHandler();
        handler.ConnectCallback = ThinStream.ConnectAsync;
        return ChannelTo(address, handler);
    }

    private static GrpcChannel Open(Uri address, int? window)
    {
        SocketsHttpHandler handler = NewHandler();
        if (window is { } bytes)
        {
            handler.InitialHttp2StreamWindowSize = bytes;
        }

        return ChannelTo(address, handler);
    }

    private static SocketsHttpHandler NewHandler() => new()
    {
        UseProxy = false,
        ConnectTimeout = _connectTimeout,
        PooledConnectionIdleTimeout = Timeout.InfiniteTimeSpan,
    };

    private static GrpcChannel ChannelTo(Uri address, SocketsHttpHandler handler) =>
        GrpcChannel.ForAddress(address, new GrpcChannelOptions
        {
            HttpHandler = handler,
            DisposeHttpClient = true,
            MaxReceiveMessageSize = MaxMessageBytes,
            MaxSendMessageSize = null,
        });
}
