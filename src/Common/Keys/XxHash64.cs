using System.Buffers.Binary;
using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Millrace.Common.Keys;

/// <summary>
/// XXH64: the hash of keys, of entries and of snapshots. The same on every machine and in every version, so it may
/// decide where data lives and may be written to disk. Not for anything that an attacker must not foresee.
/// </summary>
public static class XxHash64
{
    internal const ulong Prime1 = 0x9E3779B185EBCA87;
    internal const ulong Prime2 = 0xC2B2AE3D27D4EB4F;
    internal const ulong Prime3 = 0x165667B19E3779F9;
    private const ulong Prime4 = 0x85EBCA77C2B2AE63;
    internal const ulong Prime5 = 0x27D4EB2F165667C5;
    internal const int StripeBytes = 32;

    public static ulong Hash(ReadOnlySpan<byte> data, ulong seed = 0)
    {
        ref byte at = ref MemoryMarshal.GetReference(data);
        int left = data.Length;
        ulong hash;
        if (left >= StripeBytes)
        {
            ulong a = seed + Prime1 + Prime2;
            ulong b = seed + Prime2;
            ulong c = seed;
            ulong d = seed - Prime1;
            do
            {
                a = Round(a, Read64(ref at, 0));
                b = Round(b, Read64(ref at, 8));
                c = Round(c, Read64(ref at, 16));
                d = Round(d, Read64(ref at, 24));
                at = ref Unsafe.Add(ref at, StripeBytes);
                left -= StripeBytes;
            }
            while (left >= StripeBytes);

            hash = Converge(a, b, c, d);
        }
        else
        {
            hash = seed + Prime5;
        }

        return Finish(hash + (ulong)data.Length, ref at, left);
    }

    internal static ulong Converge(ulong a, ulong b, ulong c, ulong d)
    {
        ulong hash = BitOperations.RotateLeft(a, 1)
            + BitOperations.RotateLeft(b, 7)
            + BitOperations.RotateLeft(c, 12)
            + BitOperations.RotateLeft(d, 18);
        return Merge(Merge(Merge(Merge(hash, a), b), c), d);
    }

    internal static ulong Finish(ulong hash, ref byte at, int left)
    {
        for (; left >= 8; left -= 8, at = ref Unsafe.Add(ref at, 8))
        {
            hash ^= Round(0, Read64(ref at, 0));
            hash = (BitOperations.RotateLeft(hash, 27) * Prime1) + Prime4;
        }

        if (left >= 4)
        {
            hash ^= Read32(ref at) * Prime1;
            hash = (BitOperations.RotateLeft(hash, 23) * Prime2) + Prime3;
            at = ref Unsafe.Add(ref at, 4);
            left -= 4;
        }

        for (; left > 0; left--, at = ref Unsafe.Add(ref at, 1))
        {
            hash ^= at * Prime5;
            hash = BitOperations.RotateLeft(hash, 11) * Prime1;
        }

        hash = (hash ^ (hash >> 33)) * Prime2;
        hash = (hash ^ (hash >> 29)) * Prime3;
        return hash ^ (hash >> 32);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static ulong Round(ulong lane, ulong input) =>
        BitOperations.RotateLeft(lane + (input * Prime2), 31) * Prime1;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static ulong Merge(ulong hash, ulong lane) => ((hash ^ Round(0, lane)) * Prime1) + Prime4;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static ulong Read64(ref byte at, int offset)
    {
        ulong value = Unsafe.ReadUnaligned<ulong>(ref Unsafe.Add(ref at, offset));
        return BitConverter.IsLittleEndian ? value : BinaryPrimitives.ReverseEndianness(value);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static uint Read32(ref byte at)
    {
        uint value = Unsafe.ReadUnaligned<uint>(ref at);
        return BitConverter.IsLittleEndian ? value : BinaryPrimitives.ReverseEndianness(value);
    }
}
