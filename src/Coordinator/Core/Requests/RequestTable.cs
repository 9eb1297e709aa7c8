using Millrace.Common.Failpoints;
using Millrace.Common.Model;

namespace Millrace.Coordinator.Core.Requests;

/// <summary>What a request id was answered with.</summary>
/// <param name="Kind">What was made: "topic" or "job".</param>
internal sealed record AnsweredRequest(string Id, ulong Hash, string Kind, string Name, long UnixMs);

/// <summary>Answers to changes, kept so that a repeat after a crash or a lost reply gets the same one.</summary>
internal sealed class RequestTable
{
    /// <summary>Ages are counted by the records' own times, so that replay forgets exactly what was forgotten
    /// live.</summary>
    public static readonly long KeepMs = (long)TimeSpan.FromHours(24).TotalMilliseconds;

    public const int MaxIdLength = 128;

    private readonly Dictionary<string, AnsweredRequest> _byId = new(StringComparer.Ordinal);
    private readonly Queue<AnsweredRequest> _byAge = new();

    public IReadOnlyList<AnsweredRequest> ToList() => [.. _byAge];

    public void Add(AnsweredRequest answer)
    {
        while (_byAge.TryPeek(out AnsweredRequest? oldest) && answer.UnixMs - oldest.UnixMs > KeepMs)
        {
            _byAge.Dequeue();
            _byId.Remove(oldest.Id);
        }

        if (_byId.TryAdd(answer.Id, answer))
        {
            _byAge.Enqueue(answer);
        }
    }

    /// <summary>The earlier answer; a refusal if the id was used for something else or is malformed; null: it is
    /// new.</summary>
    public object? Find(Request? request, string kind)
    {
        if (request is null)
        {
            return null;
        }

        if (request.Id.Length is 0 or > MaxIdLength)
        {
            return Refusal.BadField("request_id", $"request_id must have 1 to {MaxIdLength} characters.");
        }

        if (!_byId.TryGetValue(request.Id, out AnsweredRequest? answer) || Mutants.Is(Mutant.RequestDoneAgain))
        {
            return null;
        }

        return answer.Hash == request.Hash && answer.Kind == kind
            ? answer
            : new Refusal(
                RefusalKind.AlreadyExists,
                "REQUEST_ID_REUSED",
                $"Request id {request.Id} was used for {answer.Kind} {answer.Name} and asked for something else; "
                    + "use a fresh id for each change.");
    }
}
