using Google.Protobuf;
using Grpc.Core;
using Millrace.Client.Connecting;
using Millrace.Protocol.Admin.V1;

namespace Millrace.Client;

/// <summary>Asks about and deals with events that jobs could not apply. Mutations carry a request id of their own, so
/// that a repeat after a lost answer changes nothing.</summary>
public sealed class DeadLetterClient
{
    private const int PageSize = 1000;

    private readonly UnaryCalls _calls;

    internal DeadLetterClient(UnaryCalls calls) => _calls = calls;

    /// <param name="job">Only of this job; empty: of all.</param>
    public async Task<ListDeadLettersResponse> ListAsync(string job = "", CancellationToken cancellation = default)
    {
        var all = new ListDeadLettersResponse();
        do
        {
            var request = new ListDeadLettersRequest
            {
                Parent = job.Length == 0 ? "" : ResourceNames.Job(job),
                PageSize = PageSize,
                PageToken = all.NextPageToken,
            };
            all.MergeFrom(await CallAsync((c, options) => c.ListDeadLettersAsync(request, options), cancellation)
                .ConfigureAwait(false));
            if (all.DeadLetters.Count >= all.TotalSize)
            {
                all.NextPageToken = "";
            }
        }
        while (all.NextPageToken.Length > 0);
        return all;
    }

    /// <param name="letter">Its number.</param>
    public Task<GetDeadLetterResponse> GetAsync(string letter, CancellationToken cancellation = default)
    {
        var request = new GetDeadLetterRequest { Name = ResourceNames.DeadLetter(letter) };
        return CallAsync((c, options) => c.GetDeadLetterAsync(request, options), cancellation);
    }

    /// <summary>Publishes the event again, as a new event.</summary>
    /// <param name="letter">Its number.</param>
    public Task<RetryDeadLetterResponse> RetryAsync(string letter, CancellationToken cancellation = default)
    {
        var request = new RetryDeadLetterRequest
        {
            Name = ResourceNames.DeadLetter(letter),
            RequestId = RequestIds.New(),
        };
        return CallAsync((c, options) => c.RetryDeadLetterAsync(request, options), cancellation);
    }

    /// <param name="letter">Its number.</param>
    public Task<DiscardDeadLetterResponse> DiscardAsync(string letter, CancellationToken cancellation = default)
    {
        var request = new DiscardDeadLetterRequest
        {
            Name = ResourceNames.DeadLetter(letter),
            RequestId = RequestIds.New(),
        };
        return CallAsync((c, options) => c.DiscardDeadLetterAsync(request, options), cancellation);
    }

    /// <summary>Has a job apply events of a parked key again.</summary>
    public Task<ReleaseKeyResponse> ReleaseKeyAsync(
        string job, ReadOnlyMemory<byte> key, CancellationToken cancellation = default)
    {
        var request = new ReleaseKeyRequest
        {
            Job = ResourceNames.Job(job),
            Key = ByteString.CopyFrom(key.Span),
            RequestId = RequestIds.New(),
        };
        return CallAsync((c, options) => c.ReleaseKeyAsync(request, options), cancellation);
    }

    /// <summary>Says what becomes of events that a job cannot apply.</summary>
    /// <param name="parkKeys">With quarantine: later events of the same key become dead letters too.</param>
    public Task<SetBadEventPolicyResponse> SetPolicyAsync(
        string job, BadEventPolicy policy, bool parkKeys = false, CancellationToken cancellation = default)
    {
        var request = new SetBadEventPolicyRequest
        {
            Job = ResourceNames.Job(job),
            BadEventPolicy = policy,
            ParkKeys = parkKeys,
            RequestId = RequestIds.New(),
        };
        return CallAsync((c, options) => c.SetBadEventPolicyAsync(request, options), cancellation);
    }

    private Task<T> CallAsync<T>(
        Func<DeadLetterService.DeadLetterServiceClient, CallOptions, AsyncUnaryCall<T>> call,
        CancellationToken cancellation) =>
        _calls.CallAsync(
            (invoker, options) => call(new DeadLetterService.DeadLetterServiceClient(invoker), options), cancellation);
}
