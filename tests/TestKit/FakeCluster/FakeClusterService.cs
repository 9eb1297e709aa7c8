using Grpc.Core;
using Millrace.Protocol.Admin.V1;

namespace Millrace.TestKit.FakeCluster;

public sealed class FakeClusterService : ClusterService.ClusterServiceBase
{
    public Cluster Cluster { get; set; } = new() { Name = "fake", Version = "0.0.0" };

    public List<ClusterEvent> Events { get; } = [];

    public override Task<GetClusterResponse> GetCluster(GetClusterRequest request, ServerCallContext context) =>
        Task.FromResult(new GetClusterResponse { Cluster = Cluster });

    public override Task<ListEventsResponse> ListEvents(ListEventsRequest request, ServerCallContext context) =>
        Task.FromResult(new ListEventsResponse { Events = { Events }, TotalSize = Events.Count });

    public override async Task WatchEvents(
        WatchEventsRequest request, IServerStreamWriter<WatchEventsResponse> responseStream, ServerCallContext context)
    {
        foreach (ClusterEvent one in Events)
        {
            await responseStream.WriteAsync(new WatchEventsResponse { Event = one });
        }
    }
}
