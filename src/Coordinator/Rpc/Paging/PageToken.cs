using System.Buffers.Binary;
using System.Buffers.Text;
using System.Text;
using Millrace.Common.Keys;
using Millrace.Common.Model;

namespace Millrace.Coordinator.Rpc.Paging;

/// <summary>Where a listing goes on: the last row that was given, opaque to callers and good only for the request that
/// it came from.</summary>
internal static class PageToken
{
    private const byte Version = 1;
    private const int HeaderBytes = 1 + sizeof(ulong);
    private const int MaxLength = 4_096;

    /// <param name="request">Everything in the request that must be the same on the next page.</param>
    public static string Encode(string request, ReadOnlySpan<byte> last)
    {
        byte[] bytes = new byte[HeaderBytes + last.Length];
        bytes[0] = Version;
        BinaryPrimitives.WriteUInt64LittleEndian(bytes.AsSpan(1), HashOf(request));
        last.CopyTo(bytes.AsSpan(HeaderBytes));
        return Base64Url.EncodeToString(bytes);
    }

    /// <summary>The last row that was given; null: begin at the first.</summary>
    /// <exception cref="RefusalException">BAD_PAGE_TOKEN.</exception>
    public static byte[]? Decode(string request, string token)
    {
        if (token.Length == 0)
        {
            return null;
        }

        if (token.Length > MaxLength || !TryDecode(token, out byte[] bytes) || bytes.Length < HeaderBytes
            || bytes[0] != Version
            || BinaryPrimitives.ReadUInt64LittleEndian(bytes.AsSpan(1)) != HashOf(request))
        {
            throw new RefusalException(Refusal.BadField(
                "page_token",
                "The page token is not one that this request gave; begin again without one.",
                "BAD_PAGE_TOKEN"));
        }

        return bytes[HeaderBytes..];
    }

    private static bool TryDecode(string token, out byte[] bytes)
    {
        bytes = new byte[Base64Url.GetMaxDecodedLength(token.Length)];
        if (!Base64Url.IsValid(token) || !Base64Url.TryDecodeFromChars(token, bytes, out int length))
        {
            return false;
        }

        bytes = bytes[..length];
        return true;
    }

    private static ulong HashOf(string request) => XxHash64.Hash(Encoding.UTF8.GetBytes(request));
}
