using Millrace.Common.Model;
using Millrace.Coordinator.Core.Placement;
using Millrace.Coordinator.Core.Requests;

namespace Millrace.Coordinator.Core.Operations;

/// <summary>What all operators' changes have in common: a repeat gets the answer that was given, a bad one is refused,
/// a good one is made unless it was only asked about.</summary>
internal sealed class OperatorTurn(Turn turn)
{
    private const int MaxNoteLength = 500;

    /// <param name="kind">What the change makes or changes: "worker", "assignment" or "operation".</param>
    /// <param name="check">Null: nothing is wrong with it.</param>
    /// <param name="act">Returns the name of what was made or changed.</param>
    /// <returns>Whether something has changed.</returns>
    public bool Answer(OperatorChange input, string kind, Func<Refusal?> check, Func<string> act)
    {
        object? answer = turn.State.Requests.Find(input.Request, kind);
        if (answer is AnsweredRequest given)
        {
            turn.Reply(input.Call, new Changed(given.Name));
            return false;
        }

        answer ??= CheckNote(input.Note) ?? check();
        bool make = answer is null && !input.ValidateOnly;
        turn.Reply(input.Call, answer ?? new Changed(make ? act() : ""));
        return make;
    }

    /// <summary>Null: there is none.</summary>
    public AssignedTask? Find(TaskName name) =>
        turn.State.Jobs.Find(name.Job) is { } job && job.Stage == name.Stage
            ? job.Tasks.Select(t => turn.State.Assignments.Find(t)).FirstOrDefault(t => t?.Index == name.Index)
            : null;

    public TaskName NameOf(AssignedTask task) => TaskName.Of(turn.State.Jobs.Get(task.Job), task);

    private static Refusal? CheckNote(string note) => note.Length > MaxNoteLength
        ? Refusal.BadField("note", $"note has at most {MaxNoteLength} characters.")
        : null;
}
