using Millrace.Common.Model;

namespace Millrace.Worker.Core.Tasks;

/// <summary>A task that this worker owns, with the journal position that it has come to.</summary>
internal readonly record struct HeldPosition(TaskId Task, Epoch Epoch, ulong Position);
