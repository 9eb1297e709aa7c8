using Google.Protobuf;
using Millrace.Cli.Output;
using Millrace.Cli.Topics;
using Millrace.Common.Keys;

namespace Millrace.Cli.Cluster;

/// <summary>Keys as they are typed and shown: text, or 0x and hexadecimal digits.</summary>
internal static class KeyArgument
{
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
    public static string Shown(ByteString key) => TextTable.Shown(KeyText.Typed(key.Span));
}
