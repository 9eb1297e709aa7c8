using System.Text.Json;
using Millrace.Common.Files;

namespace Millrace.Coordinator.Storage;

/// <summary>
/// Counts the coordinator's lives. Everything that a life sends out carries its number, so the number is durable
/// before the life appends anything, and no number is ever used twice.
/// </summary>
internal sealed class IncarnationFile
{
    private const string FileName = "incarnation";
    private const string Kind = "incarnation";
    private const int Version = 1;

    private readonly string _path;
    private readonly ulong _last;

    /// <param name="directory">An existing data directory.</param>
    /// <param name="newClusterName">The cluster's name when there is none yet.</param>
    /// <exception cref="FileDamagedException">The file is damaged.</exception>
    /// <exception cref="FileFailure">It could not be read.</exception>
    public IncarnationFile(string directory, string newClusterName)
    {
        _path = Path.Combine(Path.GetFullPath(directory), FileName);
        Content? content = CheckedFile.Read(_path, Kind, Version) is { } bytes
            ? JsonSerializer.Deserialize(bytes, StorageJson.Default.Content)
            : null;
        ClusterName = content?.Cluster ?? newClusterName;
        _last = content?.Incarnation ?? 0;
        IsNew = content is null;
    }

    public string ClusterName { get; }

    /// <summary>There was no file: the cluster is new, or somebody has deleted it.</summary>
    public bool IsNew { get; }

    /// <summary>Begins a life: returns its number, which is durable by then.</summary>
    /// <param name="seenInJournal">The highest incarnation that recovery has seen; 0: none.</param>
    /// <exception cref="FileFailure">It is not durable: nothing may be appended.</exception>
    public ulong Begin(ulong seenInJournal)
    {
        ulong next = checked(Math.Max(_last, seenInJournal) + 1);
        var content = new Content(ClusterName, next);
        CheckedFile.Write(
            _path, Kind, Version, JsonSerializer.SerializeToUtf8Bytes(content, StorageJson.Default.Content));
        return next;
    }

    internal sealed record Content(string Cluster, ulong Incarnation);
}
