using Millrace.Common.Model;

namespace Millrace.Coordinator.Core.Topics;

/// <summary>A named stream of events.</summary>
internal sealed record Topic(
    TopicId Id,
    string Name,
    TopicRoute Route,
    long RetentionMs,
    long CreatedUnixMs);
