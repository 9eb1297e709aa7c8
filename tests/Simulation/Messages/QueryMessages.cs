using Millrace.Common.Model;

namespace Millrace.Simulation.Messages;

/// <summary>First and only message of a reader: everything that a job counts.</summary>
/// <param name="MinPosition">The journal position at which the answer must be true at least.</param>
internal sealed record AskJob(string Job, ulong MinPosition);

internal sealed record JobAnswer(IReadOnlyList<TaskCounts> Tasks);

/// <param name="Position">True as of this journal position.</param>
internal sealed record TaskCounts(TaskId Task, ulong Position, IReadOnlyDictionary<string, ulong> Counts);

/// <summary>First message of a worker's stream for answers.</summary>
internal sealed record AnswersOpen(FetchOpen Session);
