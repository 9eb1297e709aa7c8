using Grpc.Core;
using Grpc.Net.Client;
using Microsoft.Extensions.Logging;
using Millrace.Client.Logs;

namespace Millrace.Client.Connecting;

/// <summary>The way to the coordinator, shared by everything that one client does.</summary>
internal sealed class Connection : IDisposable
{
    /// <summary>Channels to former addresses are kept for calls that still run on them.</summary>
    private const int MostFormer = 4;

    /// <summary>How long a channel waits before it looks for the coordinator again. Callers wait between their
    /// attempts; the channel's own waits come on top and must not add much.</summary>
    public static readonly TimeSpan FirstReconnect = TimeSpan.FromMilliseconds(50);

    /// <inheritdoc cref="FirstReconnect"/>
    public static readonly TimeSpan LongestReconnect = TimeSpan.FromMilliseconds(100);

    private readonly Endpoint _endpoint;
    private readonly ILogger _log;
    private readonly Lock _gate = new();
    private readonly Queue<GrpcChannel> _former = [];
    private Uri _address;
    private GrpcChannel _channel;
    private CallInvoker _invoker;

    public Connection(Endpoint endpoint, MillraceClientOptions options)
    {
        Options = options;
        _endpoint = endpoint;
        _log = options.LoggerFactory.CreateLogger("Millrace.Client.Connection");
        _address = endpoint.Resolve();
        _channel = CreateChannel(_address);
        _invoker = _channel.CreateCallInvoker();
    }

    public MillraceClientOptions Options { get; }

    public Uri Address
    {
        get
        {
            lock (_gate)
            {
                return _address;
            }
        }
    }

    public CallInvoker Invoker
    {
        get
        {
            lock (_gate)
            {
                return _invoker;
            }
        }
    }

    /// <summary>
    /// Looks up the address again: a coordinator that chooses a free port has another one after a restart.
    /// </summary>
    /// <exception cref="MillraceException">The file that holds the address cannot be read.</exception>
    public void Refresh()
    {
        Uri address = _endpoint.Resolve();
        lock (_gate)
        {
            if (address == _address)
            {
                return;
            }

            _former.Enqueue(_channel);
            _address = address;
            _channel = CreateChannel(address);
            _invoker = _channel.CreateCallInvoker();
            if (_former.Count > MostFormer)
            {
                _former.Dequeue().Dispose();
            }
        }

        _log.AddressChanged(address.ToString());
    }

    /// <summary>As <see cref="Refresh"/>, but what cannot be read leaves the former address in place.</summary>
    public void TryRefresh()
    {
        try
        {
            Refresh();
        }
        catch (MillraceException e)
        {
            _log.AddressUnknown(e.Message);
        }
    }

    public void Dispose()
    {
        lock (_gate)
        {
            foreach (GrpcChannel channel in _former)
            {
                channel.Dispose();
            }

            _former.Clear();
            _channel.Dispose();
        }
    }

    private GrpcChannel CreateChannel(Uri address)
    {
        var handler = new SocketsHttpHandler
        {
            EnableMultipleHttp2Connections = true,
            KeepAlivePingDelay = TimeSpan.FromSeconds(10),
            KeepAlivePingTimeout = TimeSpan.FromSeconds(5),
            PooledConnectionIdleTimeout = Timeout.InfiniteTimeSpan,
            ConnectTimeout = TimeSpan.FromSeconds(5),
        };
        return GrpcChannel.ForAddress(address, new GrpcChannelOptions
        {
            HttpHandler = handler,
            DisposeHttpClient = true,
            LoggerFactory = Options.LoggerFactory,
            MaxReceiveMessageSize = 8 * 1024 * 1024,
            MaxSendMessageSize = null,
            InitialReconnectBackoff = FirstReconnect,
            MaxReconnectBackoff = LongestReconnect,
        });
    }
}
