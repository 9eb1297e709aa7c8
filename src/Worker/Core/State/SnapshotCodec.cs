using Millrace.Common.Model;

namespace Millrace.Worker.Core.State;

/// <summary>
/// The format of snapshots. Little endian: magic (8 bytes), version (u32), header, the key groups' sections in rising
/// order, their directory (group u32, entries u32, offset u64 each), and a footer: directory offset (u64), number of
/// sections (u32), XXH64 of everything before (u64). The same state gives the same bytes. Version 2 is that of
/// snapshots that hold only what has changed since another one, whose name is the last part of the header.
/// </summary>
internal static class SnapshotCodec
{
    private const uint WholeVersion = 1;
    private const uint LinkVersion = 2;

    private const ulong Magic = 0x0050414E5352_4C4D; // "MLRSNAP" and a zero
    private const int FooterBytes = sizeof(ulong) + sizeof(uint) + sizeof(ulong);

    /// <summary>The caller disposes the result.</summary>
    /// <param name="since">The state of the snapshot that the header names as its base; null: it names none.</param>
    public static SnapshotBytes Encode(SnapshotHeader header, IFrozenState state, IFrozenState? since = null)
    {
        var content = new SnapshotBytes();
        try
        {
            var writer = new SnapshotWriter(content);
            writer.WriteUInt64(Magic);
            writer.WriteUInt32(VersionOf(header.Base.Length > 0));
            WriteHeader(writer, header);
            state.WriteTo(writer, since);
            long directory = content.Length;
            foreach (SnapshotSection section in writer.Sections)
            {
                writer.WriteUInt32((uint)section.Group);
                writer.WriteUInt32((uint)section.Entries);
                writer.WriteUInt64((ulong)section.Offset);
            }

            writer.WriteUInt64((ulong)directory);
            writer.WriteUInt32((uint)writer.Sections.Count);
            writer.WriteUInt64(content.Hash());
            return content;
        }
        catch
        {
            content.Dispose();
            throw;
        }
    }

    /// <param name="isLink">It holds only what has changed since another one.</param>
    public static uint VersionOf(bool isLink) => isLink ? LinkVersion : WholeVersion;

    /// <summary>Checks everything and opens the snapshot for reading.</summary>
    /// <exception cref="SnapshotDamagedException">It is not what was written, or not of this version.</exception>
    public static SnapshotContent Open(SnapshotBytes content)
    {
        var reader = new SnapshotReader(content);
        if (content.Length < FooterBytes + sizeof(ulong) + sizeof(uint) || reader.ReadUInt64() != Magic)
        {
            throw new SnapshotDamagedException("it does not start like a snapshot");
        }

        uint version = reader.ReadUInt32();
        if (version is not (WholeVersion or LinkVersion))
        {
            throw new SnapshotDamagedException(
                $"its format version is {version}; this build reads {WholeVersion} and {LinkVersion}");
        }

        long checkedLength = content.Length - sizeof(ulong);
        reader.Seek(checkedLength);
        if (reader.ReadUInt64() != content.Hash(checkedLength))
        {
            throw new SnapshotDamagedException("its checksum does not match");
        }

        reader.Seek(sizeof(ulong) + sizeof(uint));
        SnapshotHeader header = ReadHeader(reader, version);
        return new SnapshotContent(header, ReadDirectory(reader, header, reader.Position), reader);
    }

    private static void WriteHeader(SnapshotWriter writer, SnapshotHeader header)
    {
        writer.WriteText(header.Operator);
        writer.WriteUInt32((uint)header.KeyGroups.First);
        writer.WriteUInt32((uint)header.KeyGroups.End);
        writer.WriteUInt32((uint)header.KeyGroupCount);
        writer.WriteUInt64(header.Position);
        writer.WriteUInt64(header.NextOffset);
        writer.WriteUInt64(header.HashSum);
        writer.WriteVarint((ulong)header.Outputs.Count);
        foreach (OutputMark mark in header.Outputs)
        {
            writer.WriteText(mark.Topic);
            writer.WriteUInt64(mark.LastSequence);
        }

        if (header.Base.Length > 0)
        {
            writer.WriteText(header.Base);
        }
    }

    private static SnapshotHeader ReadHeader(SnapshotReader reader, uint version)
    {
        string name = reader.ReadText();
        var groups = new KeyGroupRange((int)reader.ReadUInt32(), (int)reader.ReadUInt32());
        var header = new SnapshotHeader(
            name, groups, (int)reader.ReadUInt32(), reader.ReadUInt64(), reader.ReadUInt64(), reader.ReadUInt64());
        var outputs = new List<OutputMark>();
        for (ulong left = reader.ReadVarint(); left > 0; left--)
        {
            outputs.Add(new OutputMark(reader.ReadText(), reader.ReadUInt64()));
        }

        return header with { Outputs = outputs, Base = version == LinkVersion ? reader.ReadText() : "" };
    }

    private static List<SnapshotSection> ReadDirectory(SnapshotReader reader, SnapshotHeader header, long firstOffset)
    {
        reader.Seek(reader.Length - FooterBytes);
        ulong directory = reader.ReadUInt64();
        uint count = reader.ReadUInt32();
        if (directory + ((ulong)count * SnapshotSection.DirectoryBytes) + FooterBytes != (ulong)reader.Length)
        {
            throw new SnapshotDamagedException("its directory does not fit");
        }

        reader.Seek((long)directory);
        var sections = new List<SnapshotSection>();
        int lastGroup = -1;
        for (uint i = 0; i < count; i++)
        {
            var section = new SnapshotSection(
                (int)reader.ReadUInt32(), (int)reader.ReadUInt32(), (long)reader.ReadUInt64());
            bool isWithin = section.Offset >= firstOffset && section.Offset <= (long)directory;
            if (!isWithin || section.Group <= lastGroup || !header.KeyGroups.Contains(section.Group))
            {
                throw new SnapshotDamagedException($"its key group {section.Group} is out of place");
            }

            sections.Add(section);
            lastGroup = section.Group;
        }

        return sections;
    }
}
