using System.Buffers.Binary;
using System.Security.Cryptography;

namespace Millrace.Common.Keys;

/// <summary>The functions themselves: the coordinator routes by them and workers cut their state by them, so both must
/// agree for ever. Allocates nothing.</summary>
public static class KeyFunctions
{
    /// <summary>Neighbouring groups hold neighbouring hashes, so a range of groups can be cut anywhere without hashing
    /// a key anew. The others tie a key to the number of groups.</summary>
    public static bool HasRanges(this KeyFunction function) =>
        function is KeyFunction.Xxh64 or KeyFunction.Md5 or KeyFunction.Sha1;

    /// <summary>The key's group, 0 to <paramref name="groups"/> - 1.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The function gives a key no group of its own.</exception>
    public static int GroupOf(this KeyFunction function, ReadOnlySpan<byte> key, int groups) => function switch
    {
        KeyFunction.Xxh64 => KeyGroups.Of(XxHash64.Hash(key), groups),
        KeyFunction.Md5 => KeyGroups.Of(Md5(key), groups),
        KeyFunction.Sha1 => KeyGroups.Of(Sha1(key), groups),
        KeyFunction.Murmur2 => Murmur2.Partition(key, groups),
        KeyFunction.Modulo => (int)(XxHash64.Hash(key) % (ulong)groups),
        _ => throw new ArgumentOutOfRangeException(nameof(function), function, "It gives a key no group."),
    };

    /// <summary>The digest's first 8 bytes as a big-endian number.</summary>
    public static ulong Md5(ReadOnlySpan<byte> key)
    {
        Span<byte> digest = stackalloc byte[MD5.HashSizeInBytes];
        MD5.HashData(key, digest);
        return BinaryPrimitives.ReadUInt64BigEndian(digest);
    }

    /// <inheritdoc cref="Md5"/>
    public static ulong Sha1(ReadOnlySpan<byte> key)
    {
        Span<byte> digest = stackalloc byte[SHA1.HashSizeInBytes];
        SHA1.HashData(key, digest);
        return BinaryPrimitives.ReadUInt64BigEndian(digest);
    }
}
