using System.Net;
using Grpc.Net.Client;
using Microsoft.Extensions.Logging.Abstractions;
using Millrace.Common.Hosting;
using Millrace.Coordinator.Core;
using Millrace.Coordinator.Hosting;
using Millrace.Coordinator.Journal;
using Millrace.Coordinator.Scrub;
using Millrace.Protocol.Admin.V1;
using Millrace.Protocol.Ingest.V1;
using Millrace.Protocol.Query.V1;
using Millrace.Protocol.Worker.V1;

namespace Millrace.Coordinator.Tests.Hosting;

/// <summary>A whole coordinator in this process, on free ports, with a client of every service.</summary>
internal sealed class RunningCoordinator : IAsyncDisposable
{
    private readonly CoordinatorHost _host;
    private readonly GrpcChannel _channel;

    private RunningCoordinator(CoordinatorHost host)
    {
        _host = host;
        _channel = GrpcChannel.ForAddress(host.Grpc);
    }

    public CoordinatorHost Host => _host;

    public ClusterService.ClusterServiceClient Cluster => new(_channel);

    public WorkerService.WorkerServiceClient Workers => new(_channel);

    public TopicService.TopicServiceClient Topics => new(_channel);

    public JobService.JobServiceClient Jobs => new(_channel);

    public AssignmentService.AssignmentServiceClient Assignments => new(_channel);

    public OperationService.OperationServiceClient Operations => new(_channel);

    public RebalanceService.RebalanceServiceClient Rebalance => new(_channel);

    public IncidentService.IncidentServiceClient Incidents => new(_channel);

    public IngestService.IngestServiceClient Ingest => new(_channel);

    public QueryService.QueryServiceClient Queries => new(_channel);

    public WorkerProtocolService.WorkerProtocolServiceClient Protocol => new(_channel);

    public static CoordinatorOptions OptionsFor(string directory) => new()
    {
        Grpc = new ListenAddress(IPAddress.Loopback, 0),
        Http = new ListenAddress(IPAddress.Loopback, 0),
        DataDirectory = directory,
        Geometry = JournalGeometry.Default with { SegmentBytes = 8 << 20 },
        JournalLimits = JournalLimits.Default with { MaxBytes = 64 << 20, MinFreeBytes = 0 },
        Scrub = ScrubOptions.Default with { Interval = TimeSpan.FromMilliseconds(100) },
        Policy = CoordinatorPolicy.Default with { Lease = TimeSpan.FromMinutes(5) },
    };

    public static async Task<RunningCoordinator> StartAsync(string directory) =>
        new(await CoordinatorHost.StartAsync(
            OptionsFor(directory), NullLoggerFactory.Instance, CancellationToken.None));

    public async ValueTask DisposeAsync()
    {
        _channel.Dispose();
        await _host.DisposeAsync();
    }
}
