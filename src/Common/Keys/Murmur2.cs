using System.Buffers.Binary;

namespace Millrace.Common.Keys;

/// <summary>The 32-bit murmur2 by which Kafka's default partitioner spreads keys, bit for bit, so that a topic here and
/// one there put a key into partitions of the same index.</summary>
public static class Murmur2
{
    private const uint Seed = 0x9747B28C;
    private const uint Multiplier = 0x5BD1E995;
    private const int Shift = 24;

    /// <summary>As Kafka's clients compute it; they show it as a signed number.</summary>
    public static int Hash(ReadOnlySpan<byte> data)
    {
        unchecked
        {
            uint hash = Seed ^ (uint)data.Length;
            for (; data.Length >= sizeof(uint); data = data[sizeof(uint)..])
            {
                uint word = BinaryPrimitives.ReadUInt32LittleEndian(data) * Multiplier;
                hash = (hash * Multiplier) ^ ((word ^ (word >> Shift)) * Multiplier);
            }

            uint rest = 0;
            for (int i = data.Length - 1; i >= 0; i--)
            {
                rest = (rest << 8) | data[i];
            }

            hash = data.Length > 0 ? (hash ^ rest) * Multiplier : hash;
            hash = (hash ^ (hash >> 13)) * Multiplier;
            return (int)(hash ^ (hash >> 15));
        }
    }

    /// <summary>The index of the key's partition: the hash without its sign bit, modulo the count.</summary>
    public static int Partition(ReadOnlySpan<byte> key, int partitions) => (Hash(key) & int.MaxValue) % partitions;
}
