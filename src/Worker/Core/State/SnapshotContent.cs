using Millrace.Common.Keys;
using Millrace.Common.Model;

namespace Millrace.Worker.Core.State;

/// <summary>A snapshot that has been checked, ready to be read section by section.</summary>
internal sealed class SnapshotContent(
    SnapshotHeader header,
    IReadOnlyList<SnapshotSection> sections,
    SnapshotReader reader)
{
    public SnapshotHeader Header { get; } = header;

    public IReadOnlyList<SnapshotSection> Sections { get; } = sections;

    /// <summary>Which keys of its sections are meant; null: all. Others are to be passed over.</summary>
    public KeyShare? Share { get; private init; }

    /// <summary>The same snapshot without the sections of other key groups, and with these keys alone.</summary>
    public SnapshotContent Only(KeyGroupRange groups, KeyShare? share) =>
        new(Header, [.. Sections.Where(section => groups.Contains(section.Group))], reader) { Share = share };

    /// <summary>The reader, at the first entry of a section.</summary>
    public SnapshotReader At(SnapshotSection section)
    {
        reader.Seek(section.Offset);
        return reader;
    }
}
