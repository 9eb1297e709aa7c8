using System.Text;
using Millrace.Common.Files;

namespace Millrace.Common.Tests.Files;

[TestFixture]
internal sealed class Crc32CTests
{
    [TestCase("", 0x00000000u)]
    [TestCase("a", 0xC1D04330u)]
    [TestCase("123456789", 0xE3069283u)]
    [TestCase("The quick brown fox jumps over the lazy dog", 0x22620404u)]
    public void Compute_KnownText_GivesThePublishedValue(string text, uint expected)
    {
        Assert.That(Crc32C.Compute(Encoding.ASCII.GetBytes(text)), Is.EqualTo(expected));
    }
}
