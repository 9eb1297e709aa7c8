namespace Millrace.Common.Keys;

/// <summary>How a key's group follows from its bytes. The numbers are part of the protocol.</summary>
public enum KeyFunction
{
    /// <summary>High word of XXH64 (seed 0) x groups.</summary>
    Xxh64 = 1,

    /// <summary>As Xxh64, of the first 8 bytes of the MD5 digest, read as a big-endian number.</summary>
    Md5 = 2,

    /// <summary>As Xxh64, of the first 8 bytes of the SHA-1 digest, read as a big-endian number.</summary>
    Sha1 = 3,

    /// <summary>Kafka's default partitioner: murmur2 without its sign bit, modulo groups.</summary>
    Murmur2 = 4,

    /// <summary>XXH64 (seed 0) modulo groups.</summary>
    Modulo = 5,

    /// <summary>A key has no group of its own: a partition is one group, whatever keys it holds.</summary>
    Partition = 6,
}
