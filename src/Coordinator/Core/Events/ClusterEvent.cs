namespace Millrace.Coordinator.Core.Events;

/// <summary>Something that happened to the cluster.</summary>
/// <param name="Revision">The revision of control state that it made; rises from event to event.</param>
internal sealed record ClusterEvent(
    ulong Revision,
    long UnixMs,
    EventLevel Level,
    string Reason,
    string Subject,
    string Message);
