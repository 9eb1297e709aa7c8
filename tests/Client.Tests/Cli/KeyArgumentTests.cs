using Google.Protobuf;
using Millrace.Cli.Cluster;
using Millrace.Cli.Output;

namespace Millrace.Client.Tests.Cli;

public sealed class KeyArgumentTests
{
    [TestCase("apple", new byte[] { 97, 112, 112, 108, 101 })]
    [TestCase("0x00ff", new byte[] { 0, 255 })]
    [TestCase("0x30786767", new byte[] { 48, 120, 103, 103 })]
    public void Shown_OfAnyKey_IsWhatNamesItAgain(string text, byte[] key)
    {
        Assert.That(KeyArgument.Shown(ByteString.CopyFrom(key)), Is.EqualTo(text));
        Assert.That(KeyArgument.Read("KEY", text).ToByteArray(), Is.EqualTo(key));
    }

    [TestCase("0x0")]
    [TestCase("0xgg")]
    public void Read_Of0xWithoutPairsOfDigits_IsRefused(string text)
    {
        FailureException refused = Assert.Throws<FailureException>(() => KeyArgument.Read("KEY", text))!;
        Assert.That(refused.Message, Does.Contain($"KEY {text}"));
    }
}
