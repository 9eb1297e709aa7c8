namespace Millrace.Worker.Core.State;

/// <summary>One key group's part of a snapshot.</summary>
/// <param name="Entries">How many entries of the state it holds.</param>
/// <param name="Offset">Where it starts, in bytes from the content's first.</param>
internal readonly record struct SnapshotSection(int Group, int Entries, long Offset)
{
    /// <summary>Size of its directory entry, in bytes.</summary>
    public const int DirectoryBytes = sizeof(uint) + sizeof(uint) + sizeof(ulong);
}
