namespace Millrace.Integration.Tests.Driving;

/// <summary>Sends one producer's events through every fault and notes what it did.</summary>
internal interface IDriver
{
    /// <summary>The producer's id.</summary>
    string Id { get; }

    /// <summary>Refusals that only meant "later", as "Status REASON".</summary>
    IEnumerable<string> Refusals { get; }

    /// <summary>Sends events up to <paramref name="total"/>; completes when all are acked.</summary>
    Task RunAsync(long total, CancellationToken cancellation);
}
