using Millrace.Worker.Core.Flow;
using Millrace.Worker.Core.State;

namespace Millrace.Worker.Core.Operators;

/// <summary>
/// One step of a job with keyed state. What it does may depend on its state and on the events alone: not on where
/// batches are cut, on clocks, on randomness or on the order in which a table happens to be walked. Used by one thread.
/// </summary>
internal interface IOperator
{
    /// <summary>Its name in the catalogue, for example "count".</summary>
    string Name { get; }

    /// <summary>Memory that its state takes, in bytes.</summary>
    long StateBytes { get; }

    /// <summary>Takes events in the order of the input. Must not keep the spans.</summary>
    /// <returns>The first event that it cannot take, and nothing of that event is in the state; null: all were
    /// taken. Which events it cannot take may depend on the same things as what it does.</returns>
    Poison? Process(in EventBatch events, TaskOutputs outputs);

    /// <summary>A copy of the state for a snapshot; must be cheap, because the input waits for it.</summary>
    IFrozenState Freeze();

    /// <summary>Loads a snapshot of its own into the state, without the keys that are not in its share. Called several
    /// times when the state is put together; what comes later of a key takes the place of what came before.</summary>
    /// <exception cref="SnapshotDamagedException">The content makes no sense.</exception>
    void Restore(SnapshotContent content);

    /// <summary>Answers from the state as it is now.</summary>
    Answer Ask(Question question);
}
