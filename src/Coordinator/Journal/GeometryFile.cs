using System.Text.Json;
using Millrace.Common.Files;

namespace Millrace.Coordinator.Journal;

/// <summary>Remembers a journal's sizes, which must never change once it has been written to.</summary>
internal static class GeometryFile
{
    private const string FileName = "geometry";
    private const string Kind = "journal-geometry";
    private const int Version = 1;

    /// <summary>The sizes that the journal in this directory was made with; a new one is made with those
    /// wanted.</summary>
    /// <exception cref="FileDamagedException">The file is damaged.</exception>
    /// <exception cref="JournalDamagedException">The file is missing while there are segments.</exception>
    /// <exception cref="FileFailure">It could not be read or written.</exception>
    public static JournalGeometry LoadOrCreate(string directory, JournalGeometry wanted)
    {
        string path = Path.Combine(directory, FileName);
        if (CheckedFile.Read(path, Kind, Version) is { } bytes)
        {
            return JsonSerializer.Deserialize(bytes, JournalJson.Default.JournalGeometry)!;
        }

        DirectorySync.Create(directory);
        if (Directory.EnumerateFiles(directory, "*.segment").Any())
        {
            throw new JournalDamagedException($"{path} is missing, but the journal has segments beside it.");
        }

        wanted.Validate();
        CheckedFile.Write(
            path, Kind, Version, JsonSerializer.SerializeToUtf8Bytes(wanted, JournalJson.Default.JournalGeometry));
        return wanted;
    }
}
