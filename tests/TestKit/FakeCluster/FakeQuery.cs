using Grpc.Core;
using Millrace.Protocol.Query.V1;

namespace Millrace.TestKit.FakeCluster;

/// <summary>Counts that the test has put in, whichever job is asked.</summary>
public sealed class FakeQuery : QueryService.QueryServiceBase
{
    public SortedDictionary<string, ulong> Counts { get; } = new(StringComparer.Ordinal);

    public ulong Position { get; set; } = 8192;

    public override Task<GetResponse> Get(GetRequest request, ServerCallContext context)
    {
        bool found = Counts.TryGetValue(request.Key.ToStringUtf8(), out ulong count);
        return Task.FromResult(new GetResponse { Count = count, Found = found, Position = Position });
    }

    public override Task<ScanResponse> Scan(ScanRequest request, ServerCallContext context)
    {
        var entries = Counts.Where(c => string.CompareOrdinal(c.Key, request.PageToken) > 0).Take(2).ToList();
        var response = new ScanResponse { NextPageToken = entries.Count == 2 ? entries[^1].Key : "" };
        response.Entries.AddRange(entries.Select(Entry));
        return Task.FromResult(response);
    }

    public override Task<TopKResponse> TopK(TopKRequest request, ServerCallContext context)
    {
        var response = new TopKResponse { KeyCount = (ulong)Counts.Count };
        response.Entries.AddRange(Counts
            .OrderByDescending(c => c.Value).ThenBy(c => c.Key, StringComparer.Ordinal)
            .Take((int)request.Limit).Select(Entry));
        return Task.FromResult(response);
    }

    private static Entry Entry(KeyValuePair<string, ulong> count) =>
        new() { Key = Google.Protobuf.ByteString.CopyFromUtf8(count.Key), Count = count.Value };
}
