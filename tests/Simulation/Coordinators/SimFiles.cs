using Millrace.Simulation.Disk;

namespace Millrace.Simulation.Coordinators;

/// <summary>Small files on the simulated disk.</summary>
internal static class SimFiles
{
    /// <summary>Writes, syncs, renames, and syncs the directory: after this the file is durable and whole.</summary>
    public static void WriteAtomically(SimDisk disk, string temporary, string path, ReadOnlySpan<byte> bytes)
    {
        disk.Create(temporary);
        disk.Write(temporary, 0, bytes);
        disk.Sync(temporary);
        disk.Rename(temporary, path);
        disk.SyncDirectory(path[..path.LastIndexOf('/')]);
    }
}
