using System.Text;
using System.Text.RegularExpressions;
using FsCheck;
using FsCheck.Fluent;
using Millrace.Cli.Demo;

namespace Millrace.Client.Tests.Cli;

public sealed class WordSplitterTests
{
    [TestCase("Don't stop, won't STOP", "don't stop won't stop")]
    [TestCase("a1b2-c_d", "a b c d")]
    [TestCase("caf\u00e9 na\u00efve", "caf na ve")]
    [TestCase("''", "''")]
    [TestCase("", "")]
    [TestCase("\n\n", "")]
    public void Split_OfText_GivesItsWords(string text, string words) =>
        Assert.That(string.Join(' ', Words(Encoding.UTF8.GetBytes(text))), Is.EqualTo(words));

    [Test]
    public void Split_OfAnyBytes_AgreesWithARegularExpression() =>
        Prop.ForAll<byte[]>(bytes => Words([.. bytes]).SequenceEqual(Naive(bytes)))
            .Check(Config.QuickThrowOnFailure.WithMaxTest(1000).WithEndSize(300));

    private static IEnumerable<string> Words(byte[] text) =>
        WordSplitter.Split(text).Select(word => Encoding.ASCII.GetString(word.Span));

    private static IEnumerable<string> Naive(byte[] text) =>
        Regex.Matches(Encoding.Latin1.GetString(text), "[A-Za-z']+").Select(m => m.Value.ToLowerInvariant());
}
