using System.Text;

namespace Millrace.Common.Keys;

/// <summary>Keys as people read them.</summary>
public static class KeyText
{
    private const int MostShown = 40;
    private const string HexPrefix = "0x";

    /// <summary>As text in quotes where it is some, else in hexadecimal digits; the beginning of a long one.</summary>
    public static string Of(ReadOnlySpan<byte> key)
    {
        string text = Readable(key) is { } readable ? $"\"{readable}\"" : Hex(key);
        return text.Length <= MostShown ? text : text[..MostShown] + "...";
    }

    /// <summary>As <see cref="Parse"/> takes it, whole.</summary>
    public static string Typed(ReadOnlySpan<byte> key) =>
        Readable(key) is { } text && !text.StartsWith(HexPrefix, StringComparison.Ordinal) ? text : Hex(key);

    /// <summary>As people type one: text, or 0x and hexadecimal digits. Null: 0x without good digits.</summary>
    public static byte[]? Parse(string text)
    {
        if (!text.StartsWith(HexPrefix, StringComparison.Ordinal))
        {
            return Encoding.UTF8.GetBytes(text);
        }

        string digits = text[HexPrefix.Length..];
        return digits.Length % 2 == 0 && digits.All(char.IsAsciiHexDigit) ? Convert.FromHexString(digits) : null;
    }

    /// <summary>Null: it is no text.</summary>
    private static string? Readable(ReadOnlySpan<byte> key)
    {
        string text = Encoding.UTF8.GetString(key);
        return Encoding.UTF8.GetBytes(text).AsSpan().SequenceEqual(key) && !text.Any(char.IsControl) ? text : null;
    }

    private static string Hex(ReadOnlySpan<byte> key) => HexPrefix + Convert.ToHexStringLower(key);
}
