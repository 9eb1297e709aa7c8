using Millrace.Common.Model;

namespace Millrace.Worker.Core.Tasks;

/// <summary>A task that this worker owns, with the journal position that it has come to.</summary>
internal readonly record struct HeldPosition(TaskId Task, Epoch Epoch, ulong Position);

/// <summary>What a hello says of this life of the worker.</summary>
/// <param name="ReceivedPosition">The highest journal position of any block that came since the last welcome.</param>
internal sealed record Holdings(IReadOnlyList<HeldPosition> Tasks, ulong ReceivedPosition);
