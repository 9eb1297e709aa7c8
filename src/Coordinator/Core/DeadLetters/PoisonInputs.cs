using Millrace.Common.Model;
using Millrace.Coordinator.Core.Operations;

namespace Millrace.Coordinator.Core.DeadLetters;

/// <summary>A task stands still at an event that it cannot apply. Comes again and again until it is answered.</summary>
/// <param name="KeyIsParked">The event is good, but its key is parked.</param>
/// <param name="Entry">Empty: too large to be kept.</param>
internal sealed record PoisonReported(
    string Worker,
    ulong Session,
    TaskId Task,
    Epoch Epoch,
    ulong Offset,
    string Reason,
    bool KeyIsParked,
    byte[] Key,
    byte[] Entry) : Input;

/// <summary>Result: <see cref="Changed"/> with the job's name.</summary>
internal sealed record SetBadEventRule(long Call, string Job, BadEventRule Rule, Request? Request, bool ValidateOnly)
    : OperatorChange(Call, "", Request, ValidateOnly);

/// <summary>Result: <see cref="Changed"/> with the job's name.</summary>
internal sealed record ReleaseKey(long Call, string Job, byte[] Key, Request? Request)
    : OperatorChange(Call, "", Request, false);

/// <summary>Asks for a dead letter in order to publish it again; its key is released first. Result:
/// <see cref="RetryStep"/>.</summary>
internal sealed record BeginRetry(long Call, ulong Letter, Request? Request) : OperatorInput(Call);

/// <summary>Result: <see cref="Changed"/> with the letter's number.</summary>
internal sealed record CloseDeadLetter(long Call, ulong Letter, DeadLetterEnd End, Request? Request)
    : OperatorChange(Call, "", Request, false);

/// <summary>Result: <see cref="KeptLetters"/>.</summary>
/// <param name="Job">Only of this job; empty: of all.</param>
internal sealed record InspectDeadLetters(long Call, string Job) : OperatorInput(Call);

/// <summary>Result: <see cref="KeptLetter"/>.</summary>
internal sealed record InspectDeadLetter(long Call, ulong Letter) : OperatorInput(Call);

/// <param name="Letter">What to publish; null: this very request has been carried out before.</param>
internal sealed record RetryStep(KeptLetter? Letter);

/// <summary>A dead letter with the names of what it belongs to.</summary>
internal sealed record KeptLetter(DeadLetter Letter, string Job, string Topic, int PartitionIndex, bool KeyIsParked);

/// <summary>By number.</summary>
internal sealed record KeptLetters(IReadOnlyList<KeptLetter> All);
