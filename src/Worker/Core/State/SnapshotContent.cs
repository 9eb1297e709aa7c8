using Millrace.Common.Failpoints;
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

    /// <summary>The one that this one comes after; null: this one is whole.</summary>
    private SnapshotContent? Earlier { get; init; }

    /// <summary>Which keys of its sections are meant; null: all. Others are to be passed over.</summary>
    public KeyShare? Share { get; private init; }

    /// <summary>The same snapshot without the sections of other key groups, and with these keys alone.</summary>
    public SnapshotContent Only(KeyGroupRange groups, KeyShare? share) =>
        new(Header, [.. Sections.Where(section => groups.Contains(section.Group))], reader)
        {
            Share = share,
            Earlier = Earlier?.Only(groups, share),
        };

    /// <summary>The same snapshot with the one that its header names as its base.</summary>
    /// <exception cref="SnapshotDamagedException">They do not go together.</exception>
    public SnapshotContent On(SnapshotContent earlier)
    {
        SnapshotHeader before = earlier.Header;
        return before.Operator == Header.Operator
            && before.KeyGroups == Header.KeyGroups
            && before.KeyGroupCount == Header.KeyGroupCount
            && before.Position < Header.Position
                ? new SnapshotContent(Header, Sections, reader) { Share = Share, Earlier = earlier }
                : throw new SnapshotDamagedException(
                    $"it is of position {Header.Position} and names one of {before.Position} as its base");
    }

    /// <summary>All that make up the state, the whole one first.</summary>
    /// <exception cref="SnapshotDamagedException">One is missing.</exception>
    public IReadOnlyList<SnapshotContent> FromTheWhole()
    {
        var chain = new List<SnapshotContent>();
        for (SnapshotContent? link = this; link is not null; link = link.Earlier)
        {
            chain.Insert(0, link);
        }

        if (chain[0].Header.Base.Length > 0)
        {
            throw new SnapshotDamagedException($"it comes after {chain[0].Header.Base}, which is not there");
        }

        return Mutants.Is(Mutant.SnapshotLinkSkipped) && chain.Count > 2 ? [chain[0], chain[^1]] : chain;
    }

    /// <summary>The reader, at the first entry of a section.</summary>
    public SnapshotReader At(SnapshotSection section)
    {
        reader.Seek(section.Offset);
        return reader;
    }
}
