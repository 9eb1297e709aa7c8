using Millrace.Common.Model;
using Millrace.Coordinator.Core.DeadLetters;

namespace Millrace.Coordinator.Core.Jobs;

/// <summary>A running stream program.</summary>
/// <param name="Tasks">Those that run now: their partitions cover every key group once.</param>
/// <param name="Standbys">Warm copies to be kept of each task.</param>
internal sealed record Job(
    JobId Id,
    string Name,
    string Operator,
    string Stage,
    TopicId Topic,
    IReadOnlyList<TaskId> Tasks,
    long CreatedUnixMs,
    int Standbys)
{
    /// <summary>What becomes of events that its operator cannot take.</summary>
    public BadEventRule BadEvents { get; init; } = BadEventRule.Default;
}
