using Millrace.Common.Model;

namespace Millrace.Coordinator.Core.Crashes;

/// <summary>A task that is careful says where it has come to. What waits comes again until there is leave.</summary>
internal sealed record TrialAsked(string Worker, ulong Session, TaskId Task, Epoch Epoch, Trial Trial) : Input;

/// <summary>What a task may apply.</summary>
internal sealed record GiveLeave(TaskId Task, Epoch Epoch, Allowance Leave) : ToWorker;
