namespace Millrace.Worker.Core;

/// <summary>Bounds on waiting; none of them decides what is exact.</summary>
internal sealed record WorkerPolicy
{
    public static WorkerPolicy Default { get; } = new();

    /// <summary>How often owners say how far they have come.</summary>
    public TimeSpan ReportInterval { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>The same of standbys: what they said last decides whether they can take over.</summary>
    public TimeSpan StandbyReportInterval { get; init; } = TimeSpan.FromMilliseconds(250);

    /// <summary>First and longest wait before a failed restore is tried again; doubles in between.</summary>
    public TimeSpan RestoreRetryFirst { get; init; } = TimeSpan.FromMilliseconds(100);

    public TimeSpan RestoreRetryMax { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>Least time between two subscriptions of one task that a gap asks for.</summary>
    public TimeSpan ResubscribeInterval { get; init; } = TimeSpan.FromMilliseconds(500);

    /// <summary>How often a verdict that does not come is asked for.</summary>
    public TimeSpan VerdictInterval { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>How long a drain may take.</summary>
    public TimeSpan DrainDeadline { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>How long a drain waits for a coordinator that is not there.</summary>
    public TimeSpan DrainReconnectDeadline { get; init; } = TimeSpan.FromSeconds(1);
}
