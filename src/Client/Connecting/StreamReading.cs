using Grpc.Core;
using Millrace.Client.Errors;

namespace Millrace.Client.Connecting;

internal static class StreamReading
{
    /// <summary>The next message of a stream; failures as this library's exception, cancellation as such.</summary>
    public static async Task<bool> NextAsync<T>(IAsyncStreamReader<T> stream, CancellationToken cancellation)
    {
        try
        {
            return await stream.MoveNext(cancellation).ConfigureAwait(false);
        }
        catch (Exception e) when (e is RpcException or IOException)
        {
            cancellation.ThrowIfCancellationRequested();
            throw new MillraceException(RpcErrors.Refusal(e), e);
        }
    }
}
