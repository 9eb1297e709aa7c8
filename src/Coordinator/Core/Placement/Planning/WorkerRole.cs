namespace Millrace.Coordinator.Core.Placement.Planning;

internal enum WorkerRole : byte
{
    /// <summary>Gets tasks and keeps its own.</summary>
    Open = 0,

    /// <summary>Like open, and it has just come: its share is pulled up.</summary>
    Newcomer = 1,

    /// <summary>Keeps its tasks and gets no others (cordoned, suspect); may be relieved.</summary>
    Closed = 2,

    /// <summary>All its tasks are to leave it.</summary>
    Leaving = 3,

    /// <summary>Lost: its tasks are orphans.</summary>
    Gone = 4,
}
