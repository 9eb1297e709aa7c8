using Millrace.Common.Model;

namespace Millrace.Client.Core;

/// <summary>How far a refusal reaches.</summary>
internal enum RefusalScope
{
    /// <summary>The same again may succeed later.</summary>
    Moment,

    /// <summary>What is not durable of the topic fails; other topics go on.</summary>
    Topic,

    /// <summary>The producer is at its end.</summary>
    Producer,
}

internal static class RefusalScopes
{
    public static RefusalScope Of(Refusal refusal) => refusal.Reason switch
    {
        "SEQUENCE_GAP" or "PRODUCER_FENCED" or "UNKNOWN_PRODUCER" or "PRODUCER_EXPIRED" => RefusalScope.Producer,
        "JOURNAL_FULL" or "COORDINATOR_STARTING" or "OVERLOADED" => RefusalScope.Moment,
        _ => refusal.Kind switch
        {
            RefusalKind.Unavailable or RefusalKind.DeadlineExceeded or RefusalKind.Aborted => RefusalScope.Moment,
            _ => RefusalScope.Topic,
        },
    };
}
