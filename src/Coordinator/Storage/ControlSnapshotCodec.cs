using System.Buffers.Binary;
using System.Text.Json;
using Millrace.Common.Files;
using Millrace.Coordinator.Core.Recovery;

namespace Millrace.Coordinator.Storage;

/// <summary>
/// Control state as bytes: an 8-byte magic with the format's version, the CRC-32C of what follows, and JSON. Equal
/// states give equal bytes.
/// </summary>
internal static class ControlSnapshotCodec
{
    private const int HeaderBytes = 12;

    private static ReadOnlySpan<byte> Magic => "MRCTRL01"u8;

    public static byte[] Encode(ControlSnapshot snapshot)
    {
        byte[] json = JsonSerializer.SerializeToUtf8Bytes(snapshot, StorageJson.Default.ControlSnapshot);
        byte[] bytes = new byte[HeaderBytes + json.Length];
        Magic.CopyTo(bytes);
        BinaryPrimitives.WriteUInt32LittleEndian(bytes.AsSpan(Magic.Length), Crc32C.Compute(json));
        json.CopyTo(bytes.AsSpan(HeaderBytes));
        return bytes;
    }

    /// <exception cref="InvalidDataException">The bytes are damaged or of another version.</exception>
    public static ControlSnapshot Decode(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length < HeaderBytes || !bytes[..Magic.Length].SequenceEqual(Magic))
        {
            throw new InvalidDataException("It is not a control snapshot of a version that this program knows.");
        }

        ReadOnlySpan<byte> json = bytes[HeaderBytes..];
        if (BinaryPrimitives.ReadUInt32LittleEndian(bytes[Magic.Length..]) != Crc32C.Compute(json))
        {
            throw new InvalidDataException("The control snapshot is damaged: its checksum does not match.");
        }

        try
        {
            return JsonSerializer.Deserialize(json, StorageJson.Default.ControlSnapshot)
                ?? throw new InvalidDataException("The control snapshot is empty.");
        }
        catch (JsonException e)
        {
            throw new InvalidDataException("The control snapshot can not be read.", e);
        }
    }
}
