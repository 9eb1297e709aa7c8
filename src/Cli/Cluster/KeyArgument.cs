using System.Text;
using Google.Protobuf;
using Millrace.Cli.Output;
using Millrace.Cli.Topics;

namespace Millrace.Cli.Cluster;

/// <summary>Keys as they are typed and shown: text, or 0x and hexadecimal digits.</summary>
internal static class KeyArgument
{
    private const string HexPrefix = "0x";

    /// <param name="name">Of the option or argument.</param>
    /// <exception cref="FailureException">It is no key.</exception>
    public static ByteString Read(string name, string text) =>
        PartitioningOptions.KeyOf(text)
        ?? throw new FailureException(new Failure(
            $"{name} {text} is no key",
            "0x is followed by pairs of hexadecimal digits",
            "",
            "BAD_FIELD",
            ExitCode.Usage));

    /// <summary>What can be typed to name it again.</summary>
    public static string Shown(ByteString key)
    {
        string text = key.ToStringUtf8();
        bool isText = !text.StartsWith(HexPrefix, StringComparison.Ordinal)
            && !text.Any(char.IsControl)
            && Encoding.UTF8.GetBytes(text).AsSpan().SequenceEqual(key.Span);
        return isText ? TextTable.Shown(text) : HexPrefix + Convert.ToHexStringLower(key.Span);
    }
}
