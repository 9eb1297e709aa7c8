using System.Runtime.CompilerServices;
using System.Text;
using Google.Protobuf;
using Millrace.Client.Connecting;
using Millrace.Protocol.Query.V1;

namespace Millrace.Client;

/// <summary>
/// Reads the keyed state of running jobs. Every answer says the journal position that it is true as of.
/// </summary>
public sealed class QueryClient
{
    private const uint PageSize = 1000;

    private readonly UnaryCalls _calls;

    internal QueryClient(UnaryCalls calls) => _calls = calls;

    /// <summary>The count of one key; zero when it has not occurred.</summary>
    /// <param name="minPosition">The answer must be true as of this position or later; an ack gives one.</param>
    public Task<GetResponse> GetAsync(
        string job, ReadOnlyMemory<byte> key, ulong minPosition = 0, CancellationToken cancellation = default)
    {
        var request = new GetRequest { Job = job, Key = ByteString.CopyFrom(key.Span), MinPosition = minPosition };
        return _calls.CallAsync(
            (invoker, options) => new QueryService.QueryServiceClient(invoker).GetAsync(request, options),
            cancellation);
    }

    /// <inheritdoc cref="GetAsync(string, ReadOnlyMemory{byte}, ulong, CancellationToken)"/>
    public Task<GetResponse> GetAsync(
        string job, string key, ulong minPosition = 0, CancellationToken cancellation = default) =>
        GetAsync(job, Encoding.UTF8.GetBytes(key), minPosition, cancellation);

    /// <summary>One page of counts in key order.</summary>
    public Task<ScanResponse> ScanPageAsync(ScanRequest request, CancellationToken cancellation = default) =>
        _calls.CallAsync(
            (invoker, options) => new QueryService.QueryServiceClient(invoker).ScanAsync(request, options),
            cancellation);

    /// <summary>All counts in key order, page by page. Pages may be true as of different positions.</summary>
    public async IAsyncEnumerable<Entry> ScanAsync(
        string job,
        ReadOnlyMemory<byte> prefix = default,
        ulong minPosition = 0,
        [EnumeratorCancellation] CancellationToken cancellation = default)
    {
        var request = new ScanRequest
        {
            Job = job,
            Prefix = ByteString.CopyFrom(prefix.Span),
            PageSize = PageSize,
            MinPosition = minPosition,
        };
        do
        {
            ScanResponse page = await ScanPageAsync(request, cancellation).ConfigureAwait(false);
            foreach (Entry entry in page.Entries)
            {
                yield return entry;
            }

            request.PageToken = page.NextPageToken;
        }
        while (request.PageToken.Length > 0);
    }

    /// <summary>The largest counts, largest first.</summary>
    public Task<TopKResponse> TopKAsync(
        string job, int limit = 10, ulong minPosition = 0, CancellationToken cancellation = default)
    {
        var request = new TopKRequest { Job = job, Limit = (uint)limit, MinPosition = minPosition };
        return _calls.CallAsync(
            (invoker, options) => new QueryService.QueryServiceClient(invoker).TopKAsync(request, options),
            cancellation);
    }
}
