namespace Millrace.Worker.Core.Tasks;

/// <summary>Where a task's checkpoint is; at most one is under way.</summary>
internal enum CheckpointStep
{
    None,

    /// <summary>The snapshot is being taken and stored.</summary>
    Capturing,

    /// <summary>The snapshot is stored; the commit is to be sent, or to be answered.</summary>
    Committing,
}
