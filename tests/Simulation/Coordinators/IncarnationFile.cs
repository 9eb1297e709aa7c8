using System.Buffers.Binary;
using Millrace.Simulation.Disk;

namespace Millrace.Simulation.Coordinators;

/// <summary>Mints incarnations: each one is durable before it is used, and higher than any before.</summary>
internal static class IncarnationFile
{
    private const string Directory = "/data";
    private const string Path = Directory + "/incarnation";
    private const string Temporary = Path + ".new";

    public static ulong Next(SimDisk disk, ulong inJournal)
    {
        ulong last = inJournal;
        if (disk.Find(Path) is { Length: 8 } file)
        {
            last = Math.Max(last, BinaryPrimitives.ReadUInt64LittleEndian(file.Content));
        }

        byte[] bytes = new byte[8];
        BinaryPrimitives.WriteUInt64LittleEndian(bytes, last + 1);
        SimFiles.WriteAtomically(disk, Temporary, Path, bytes);
        return last + 1;
    }
}
