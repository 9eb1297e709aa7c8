using System.Buffers.Binary;
using System.Numerics;

namespace Millrace.Common.Files;

/// <summary>CRC-32C (Castagnoli), by the processor's own instruction where it has one.</summary>
public static class Crc32C
{
    /// <param name="before">The checksum of the bytes in front of these; 0: there are none.</param>
    public static uint Compute(ReadOnlySpan<byte> bytes, uint before = 0)
    {
        uint crc = ~before;
        while (bytes.Length >= sizeof(ulong))
        {
            crc = BitOperations.Crc32C(crc, BinaryPrimitives.ReadUInt64LittleEndian(bytes));
            bytes = bytes[sizeof(ulong)..];
        }

        foreach (byte b in bytes)
        {
            crc = BitOperations.Crc32C(crc, b);
        }

        return ~crc;
    }
}
