using System.Globalization;
using System.Text;

namespace Millrace.Common.Files;

/// <summary>
/// A small file that knows when it is damaged: one line of text (kind, version, length, CRC-32C over all but the CRC
/// itself), then the payload. Written atomically.
/// </summary>
public static class CheckedFile
{
    private const int MaxHeadBytes = 128;

    /// <param name="kind">One word that says what the file is.</param>
    /// <exception cref="FileFailure">It is not durable.</exception>
    public static void Write(string path, string kind, int version, ReadOnlySpan<byte> payload)
    {
        string head = string.Create(CultureInfo.InvariantCulture, $"millrace {kind} {version} {payload.Length} ");
        using AtomicFile file = AtomicFile.Create(path);
        file.Append(Encoding.ASCII.GetBytes($"{head}{Checksum(head, payload):x8}\n"));
        file.Append(payload);
        file.Commit();
    }

    /// <summary>The payload; null when there is no file.</summary>
    /// <exception cref="FileDamagedException">It is not what was written, or of a later version.</exception>
    /// <exception cref="FileFailure">It could not be read.</exception>
    public static byte[]? Read(string path, string kind, int version)
    {
        if (AtomicFile.Read(path) is not { } bytes)
        {
            return null;
        }

        int headEnd = bytes.AsSpan(0, Math.Min(bytes.Length, MaxHeadBytes)).IndexOf((byte)'\n');
        string[] words = Encoding.ASCII.GetString(bytes, 0, Math.Max(0, headEnd)).Split(' ');
        ReadOnlySpan<byte> payload = bytes.AsSpan(headEnd + 1);
        if (words is not ["millrace", var foundKind, var foundVersion, var length, var checksum]
            || foundKind != kind
            || length != payload.Length.ToString(CultureInfo.InvariantCulture)
            || checksum != Checksum($"millrace {kind} {foundVersion} {length} ", payload)
                .ToString("x8", CultureInfo.InvariantCulture))
        {
            throw new FileDamagedException(path, $"it is not a whole file of kind {kind}");
        }

        return foundVersion == version.ToString(CultureInfo.InvariantCulture)
            ? payload.ToArray()
            : throw new FileDamagedException(path, $"it is of version {foundVersion}, and {version} is needed");
    }

    private static uint Checksum(string head, ReadOnlySpan<byte> payload) =>
        Crc32C.Compute(payload, Crc32C.Compute(Encoding.ASCII.GetBytes(head)));
}
