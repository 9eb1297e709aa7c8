namespace Millrace.Common.Model;

/// <summary>What kind of refusal it is; the names are those of the gRPC status codes.</summary>
public enum RefusalKind
{
    InvalidArgument,
    NotFound,
    AlreadyExists,
    FailedPrecondition,
    Aborted,
    ResourceExhausted,
    OutOfRange,
    Unavailable,
    DeadlineExceeded,
    Unimplemented,
    DataLoss,
}

/// <summary>Why something was not done: the same facts for gRPC, CLI and log.</summary>
/// <param name="Kind">Decides the gRPC status code.</param>
/// <param name="Reason">A stable UPPER_SNAKE word, for example NO_SUCH_TOPIC.</param>
/// <param name="Message">One sentence: what, why, and what to try.</param>
public sealed record Refusal(RefusalKind Kind, string Reason, string Message)
{
    /// <summary>Every variable of the message by lowerCamel name; "field" names the request's field at fault.</summary>
    public IReadOnlyDictionary<string, string> Metadata { get; init; } = new Dictionary<string, string>();

    /// <summary>The same again may succeed after so long, and not sooner; null: nothing is said about that.</summary>
    public TimeSpan? RetryAfter { get; init; }

    /// <summary>A refusal of one field's value.</summary>
    public static Refusal BadField(string field, string message, string reason = "BAD_FIELD") =>
        new(RefusalKind.InvalidArgument, reason, message)
        {
            Metadata = new Dictionary<string, string> { ["field"] = field },
        };
}

/// <summary>A refusal on its way through code that returns a value.</summary>
public sealed class RefusalException(Refusal refusal) : Exception(refusal.Message)
{
    public Refusal Refusal { get; } = refusal;
}
