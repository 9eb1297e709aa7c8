using System.Buffers.Binary;
using System.Text;

namespace Millrace.Worker.Core.State;

/// <summary>
/// Writes a snapshot's parts. A state is written key group by key group, in rising order, so that a later split can cut
/// it without knowing what is inside.
/// </summary>
internal sealed class SnapshotWriter(SnapshotBytes content)
{
    private const int MaxVarintBytes = 10;

    private readonly List<SnapshotSection> _sections = [];

    public IReadOnlyList<SnapshotSection> Sections => _sections;

    public long Length => content.Length;

    /// <summary>Starts a key group; everything up to the next one belongs to it.</summary>
    /// <exception cref="InvalidOperationException">The groups do not rise.</exception>
    public void BeginGroup(int group, int entries)
    {
        if (_sections.Count > 0 && _sections[^1].Group >= group)
        {
            throw new InvalidOperationException($"Key group {group} comes after {_sections[^1].Group}.");
        }

        _sections.Add(new SnapshotSection(group, entries, content.Length));
    }

    public void WriteUInt32(uint value)
    {
        Span<byte> bytes = stackalloc byte[sizeof(uint)];
        BinaryPrimitives.WriteUInt32LittleEndian(bytes, value);
        content.Append(bytes);
    }

    public void WriteUInt64(ulong value)
    {
        Span<byte> bytes = stackalloc byte[sizeof(ulong)];
        BinaryPrimitives.WriteUInt64LittleEndian(bytes, value);
        content.Append(bytes);
    }

    /// <summary>Seven bits a byte, lowest first, as protobuf does.</summary>
    public void WriteVarint(ulong value)
    {
        Span<byte> room = content.Room();
        if (room.Length >= MaxVarintBytes)
        {
            content.Advance(Encode(value, room));
            return;
        }

        Span<byte> bytes = stackalloc byte[MaxVarintBytes];
        content.Append(bytes[..Encode(value, bytes)]);
    }

    /// <summary>Length, then bytes.</summary>
    public void WriteBytes(ReadOnlySpan<byte> value)
    {
        WriteVarint((ulong)value.Length);
        content.Append(value);
    }

    public void WriteText(string value) => WriteBytes(Encoding.UTF8.GetBytes(value));

    private static int Encode(ulong value, Span<byte> room)
    {
        int length = 0;
        for (; value >= 0x80; value >>= 7)
        {
            room[length++] = (byte)(value | 0x80);
        }

        room[length++] = (byte)value;
        return length;
    }
}
