namespace Millrace.Common.Model;

/// <summary>What a core is told about time.</summary>
/// <param name="Uptime">The process's monotonic clock; the only one that leases and health look at.</param>
/// <param name="UnixMs">Wall clock, milliseconds since 1970-01-01 UTC; for records, retention and people.</param>
public readonly record struct Now(TimeSpan Uptime, long UnixMs);
