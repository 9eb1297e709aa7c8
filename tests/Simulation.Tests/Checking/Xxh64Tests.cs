using System.Text;
using Millrace.Checking.Logs;

namespace Millrace.Simulation.Tests.Checking;

public sealed class Xxh64Tests
{
    [TestCase("", 0xEF46DB3751D8E999UL)]
    [TestCase("a", 0xD24EC4F1A98C6E5BUL)]
    [TestCase("abc", 0x44BC2CF5AD770999UL)]
    [TestCase("Nobody inspects the spammish repetition", 0xFBCEA83C8A378BF1UL)]
    public void Of_PublishedVector_GivesItsHash(string text, ulong expected) =>
        Assert.That(Xxh64.Of(Encoding.ASCII.GetBytes(text)), Is.EqualTo(expected));
}
