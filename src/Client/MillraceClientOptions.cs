using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace Millrace.Client;

/// <summary>Settings of a client; the defaults suit most programs.</summary>
public sealed record MillraceClientOptions
{
    public ILoggerFactory LoggerFactory { get; init; } = NullLoggerFactory.Instance;

    public TimeProvider TimeProvider { get; init; } = TimeProvider.System;

    /// <summary>
    /// For how long reading and administrative calls are made again while the coordinator cannot be reached. Zero: an
    /// unreachable coordinator is an error at once. Mutations carry a request id, so that a repeat changes nothing.
    /// </summary>
    public TimeSpan RetryFor { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>How long one attempt of a call may take.</summary>
    public TimeSpan CallTimeout { get; init; } = TimeSpan.FromSeconds(30);
}
