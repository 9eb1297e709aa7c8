using System.Text;

namespace Millrace.Common.Keys;

/// <summary>Keys as people read them.</summary>
public static class KeyText
{
    private const int MostShown = 40;

    /// <summary>As text in quotes where it is some, else in hexadecimal digits; the beginning of a long one.</summary>
    public static string Of(ReadOnlySpan<byte> key)
    {
        string text = Encoding.UTF8.GetString(key);
        bool readable = Encoding.UTF8.GetBytes(text).AsSpan().SequenceEqual(key) && !text.Any(char.IsControl);
        text = readable ? $"\"{text}\"" : "0x" + Convert.ToHexStringLower(key);
        return text.Length <= MostShown ? text : text[..MostShown] + "...";
    }

    /// <summary>As people type one: text, or 0x and hexadecimal digits. Null: 0x without good digits.</summary>
    public static byte[]? Parse(string text)
    {
        if (!text.StartsWith("0x", StringComparison.Ordinal))
        {
            return Encoding.UTF8.GetBytes(text);
        }

        string digits = text[2..];
        return digits.Length % 2 == 0 && digits.All(char.IsAsciiHexDigit) ? Convert.FromHexString(digits) : null;
    }
}
