using Google.Protobuf;
using Millrace.Client.Connecting;
using Millrace.Protocol.Admin.V1;

namespace Millrace.Client;

/// <summary>Asks about and deals with events that jobs could not apply. Mutations carry a request id of their own, so
/// that a repeat after a lost answer changes nothing.</summary>
public sealed class DeadLetterClient
{
    private readonly UnaryCalls _unary;
    private readonly ServiceCalls<DeadLetterService.DeadLetterServiceClient> _calls;

    internal DeadLetterClient(UnaryCalls calls)
    {
        _unary = calls;
        _calls = new(calls, invoker => new DeadLetterService.DeadLetterServiceClient(invoker));
    }

    /// <param name="job">Only of this job; empty: of all.</param>
    public Task<ListDeadLettersResponse> ListAsync(string job = "", CancellationToken cancellation = default)
    {
        string parent = job.Length == 0 ? "" : ResourceNames.Job(job);
        return _unary.AllPagesAsync(
            (token, invoker, options) => new DeadLetterService.DeadLetterServiceClient(invoker).ListDeadLettersAsync(
                new ListDeadLettersRequest { Parent = parent, PageSize = UnaryCalls.PageSize, PageToken = token },
                options),
            page => page.NextPageToken,
            all => all.NextPageToken = "",
            cancellation);
    }

    /// <param name="letter">Its number.</param>
    public Task<GetDeadLetterResponse> GetAsync(string letter, CancellationToken cancellation = default)
    {
        var request = new GetDeadLetterRequest { Name = ResourceNames.DeadLetter(letter) };
        return _calls.CallAsync((c, options) => c.GetDeadLetterAsync(request, options), cancellation);
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
        return _calls.CallAsync((c, options) => c.RetryDeadLetterAsync(request, options), cancellation);
    }

    /// <param name="letter">Its number.</param>
    public Task<DiscardDeadLetterResponse> DiscardAsync(string letter, CancellationToken cancellation = default)
    {
        var request = new DiscardDeadLetterRequest
        {
            Name = ResourceNames.DeadLetter(letter),
            RequestId = RequestIds.New(),
        };
        return _calls.CallAsync((c, options) => c.DiscardDeadLetterAsync(request, options), cancellation);
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
        return _calls.CallAsync((c, options) => c.ReleaseKeyAsync(request, options), cancellation);
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
        return _calls.CallAsync((c, options) => c.SetBadEventPolicyAsync(request, options), cancellation);
    }
}
