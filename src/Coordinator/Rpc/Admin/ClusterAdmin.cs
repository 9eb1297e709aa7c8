using System.Globalization;
using System.Reflection;
using Grpc.Core;
using Millrace.Coordinator.Core.Events;
using Millrace.Coordinator.Core.Views;
using Millrace.Coordinator.Ingest;
using Millrace.Coordinator.Loop;
using Millrace.Coordinator.Rpc.Paging;
using Millrace.Coordinator.Scrub;
using Proto = Millrace.Protocol.Admin.V1;

namespace Millrace.Coordinator.Rpc.Admin;

/// <summary>The cluster as a whole.</summary>
internal sealed class ClusterAdmin(
    ViewReader views, IJournal journal, EventFeed feed, IngestGates ingest, Func<ScrubStatus> scrub)
    : Proto.ClusterService.ClusterServiceBase
{
    private static readonly string _version =
        typeof(ClusterAdmin).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()
            ?.InformationalVersion.Split('+')[0]
        ?? "unknown";

    public override async Task<Proto.GetClusterResponse> GetCluster(
        Proto.GetClusterRequest request, ServerCallContext context) =>
        await GetAsync(context.CancellationToken);

    public async Task<Proto.GetClusterResponse> GetAsync(CancellationToken cancellation)
    {
        ClusterView view = await views.ReadAsync(cancellation);
        Proto.Cluster cluster = view.ToProto(_version, journal.DurableEnd, journal.FirstPosition);
        cluster.Scrub = AdminMessages.ToProto(scrub());
        cluster.Ingest = ingest.ToProto();
        return new() { Cluster = cluster };
    }

    public override async Task<Proto.ListEventsResponse> ListEvents(
        Proto.ListEventsRequest request, ServerCallContext context)
    {
        ClusterView view = await views.ReadAsync(context.CancellationToken);
        Page<ClusterEvent> page = Pages.Cut(
            view.Events,
            raised => raised.Revision.ToString("D20", CultureInfo.InvariantCulture),
            request.PageSize,
            request.PageToken,
            "ListEvents");
        return new()
        {
            Events = { page.Rows.Select(AdminMessages.ToProto) },
            NextPageToken = page.NextToken,
            TotalSize = page.TotalSize,
        };
    }

    public override async Task WatchEvents(
        Proto.WatchEventsRequest request,
        IServerStreamWriter<Proto.WatchEventsResponse> responses,
        ServerCallContext context)
    {
        // Headers go out at once, so that the caller knows from when on it sees everything.
        using EventWatch watch = await feed.WatchAsync(context.CancellationToken);
        await context.WriteResponseHeadersAsync([]);
        await foreach (ClusterEvent raised in watch.Events.ReadAllAsync(context.CancellationToken))
        {
            await responses.WriteAsync(new() { Event = raised.ToProto() }, context.CancellationToken);
        }
    }
}
