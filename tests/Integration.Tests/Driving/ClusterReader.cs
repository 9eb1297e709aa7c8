using Grpc.Core;
using Grpc.Net.Client;
using Millrace.Integration.Tests.Checks;
using Millrace.Protocol.Admin.V1;
using Millrace.Protocol.Ingest.V1;
using Millrace.Protocol.Query.V1;
using Millrace.Protocol.Type.V1;

namespace Millrace.Integration.Tests.Driving;

/// <summary>Reads a cluster back over its public calls, as plain lines.</summary>
internal sealed class ClusterReader(GrpcChannel channel, CancellationToken cancellation)
{
    private readonly IngestService.IngestServiceClient _ingest = new(channel);
    private readonly QueryService.QueryServiceClient _query = new(channel);
    private readonly AssignmentService.AssignmentServiceClient _assignments = new(channel);
    private readonly WorkerService.WorkerServiceClient _workers = new(channel);
    private readonly ClusterService.ClusterServiceClient _cluster = new(channel);

    /// <summary>Every partition from its beginning to its durable end.</summary>
    public async Task<List<LogLine>> LogAsync(string topic, int partitions)
    {
        var lines = new List<LogLine>();
        for (int partition = 0; partition < partitions; partition++)
        {
            int index = partition;
            lines.AddRange(await Faults.RetryAsync(() => PartitionAsync(topic, index), cancellation));
        }

        return lines;
    }

    /// <summary>The job's state, true as of the position or later.</summary>
    public async Task<List<CountLine>> CountsAsync(string job, ulong position)
    {
        var lines = new List<CountLine>();
        string token = "";
        do
        {
            var request = new ScanRequest { Job = job, PageSize = 1000, PageToken = token, MinPosition = position };
            ScanResponse page = await Faults.RetryAsync(
                async () => await _query.ScanAsync(request, cancellationToken: cancellation), cancellation);
            lines.AddRange(page.Entries.Select(e => new CountLine(e.Key.ToStringUtf8(), (long)e.Count)));
            token = page.NextPageToken;
        }
        while (token.Length > 0);

        return lines;
    }

    public async Task<IReadOnlyList<Assignment>> AssignmentsAsync()
    {
        ListAssignmentsResponse page = await _assignments.ListAssignmentsAsync(
            new ListAssignmentsRequest { PageSize = 1000 }, cancellationToken: cancellation);
        return page.Assignments;
    }

    public async Task<IReadOnlyList<Protocol.Admin.V1.Worker>> WorkersAsync()
    {
        ListWorkersResponse page = await _workers.ListWorkersAsync(
            new ListWorkersRequest { PageSize = 1000 }, cancellationToken: cancellation);
        return page.Workers;
    }

    public async Task<List<EventLine>> EventsAsync()
    {
        var lines = new List<EventLine>();
        string token = "";
        do
        {
            var request = new ListEventsRequest { PageSize = 1000, PageToken = token };
            ListEventsResponse page = await Faults.RetryAsync(
                async () => await _cluster.ListEventsAsync(request, cancellationToken: cancellation), cancellation);
            lines.AddRange(page.Events.Select(e => new EventLine(e.Revision, e.Reason, e.Subject, e.Message)));
            token = page.NextPageToken;
        }
        while (token.Length > 0);

        return lines;
    }

    private async Task<List<LogLine>> PartitionAsync(string topic, int partition)
    {
        var lines = new List<LogLine>();
        using AsyncServerStreamingCall<ReadResponse> call = _ingest.Read(
            new ReadRequest { Topic = topic, PartitionIndex = (uint)partition }, cancellationToken: cancellation);
        while (await call.ResponseStream.MoveNext(cancellation))
        {
            ReadResponse run = call.ResponseStream.Current;
            long offset = (long)run.FirstOffset;
            foreach (Event e in run.Events)
            {
                lines.Add(new LogLine(partition, offset++, run.Position, e.Key.ToStringUtf8(), e.Value.ToStringUtf8()));
            }
        }

        return lines;
    }
}
