using System.Text;
using Millrace.Common.Keys;

namespace Millrace.Common.Tests.Keys;

public sealed class KeyShareTests
{
    private static readonly KeyShare[] _shares =
    [
        new(),
        new(B("g")),
        new(EndKey: B("p")),
        new(B("g"), B("p")),
        new(FirstHash: 1UL << 63),
        new(EndHash: 1UL << 63),
        new(FirstHash: 1UL << 61, EndHash: 1UL << 62),
        new(Only: [B("a"), B("h"), B("k")]),
        new(Except: [B("h"), B("z")]),
        new(B("p"), B("p")),
        new(Only: []),
    ];

    [Test]
    public void And_OfAnyTwo_ContainsWhatBothContain()
    {
        foreach (KeyShare a in _shares)
        {
            foreach (KeyShare b in _shares)
            {
                KeyShare both = a.And(b);
                foreach (byte[] key in Enumerable.Range('a', 26).Select(c => B($"{(char)c}")))
                {
                    Assert.That(both.Contains(key), Is.EqualTo(a.Contains(key) && b.Contains(key)), $"{a} {b}");
                    Assert.That(both.IsEmpty && both.Contains(key), Is.False);
                }
            }
        }
    }

    [Test]
    public void Contains_AtTheBounds_TakesTheFirstAndNotTheEnd()
    {
        var share = new KeyShare(B("g"), B("p"));
        Assert.That(
            new[] { "f", "g", "g\0", "o", "p", "p\0" }.Select(k => share.Contains(B(k))),
            Is.EqualTo(new[] { false, true, true, true, false, false }));
        ulong hash = XxHash64.Hash(B("x"));
        Assert.That(new KeyShare(FirstHash: hash).Contains(B("x")));
        Assert.That(new KeyShare(EndHash: hash).Contains(B("x")), Is.False);
    }

    [TestCase("abc", "\"abc\"")]
    [TestCase("0x00ff", "0x00ff")]
    [TestCase("0x0g", null)]
    [TestCase("0x0", null)]
    public void Parse_OfAKeyAsTyped_IsShownAgain(string text, string? shown) =>
        Assert.That(KeyText.Parse(text) is { } key ? KeyText.Of(key) : null, Is.EqualTo(shown));

    private static byte[] B(string text) => Encoding.ASCII.GetBytes(text);
}
