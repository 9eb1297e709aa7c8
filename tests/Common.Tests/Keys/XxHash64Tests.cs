using System.Globalization;
using System.Text;
using System.Text.Json;
using Millrace.Common.Keys;
using Millrace.TestKit;

namespace Millrace.Common.Tests.Keys;

public sealed class XxHash64Tests
{
    private const string Vectors = "vectors/xxhash.json";

    [TestCase("", 0xEF46DB3751D8E999ul)]
    [TestCase("a", 0xD24EC4F1A98C6E5Bul)]
    [TestCase("abc", 0x44BC2CF5AD770999ul)]
    public void Hash_OfWellKnownText_GivesThePublishedValue(string text, ulong expected) =>
        Assert.That(XxHash64.Hash(Encoding.UTF8.GetBytes(text)), Is.EqualTo(expected));

    [Test]
    public void Hash_OfEveryVector_EqualsTheReferenceLibrary()
    {
        string? path = SharedData.Find(Vectors);
        if (path is null)
        {
            Assert.Ignore(SharedData.Missing(Vectors));
        }

        using JsonDocument document = JsonDocument.Parse(File.ReadAllText(path));
        foreach (JsonElement row in document.RootElement.GetProperty("rows").EnumerateArray())
        {
            int length = row.GetProperty("length").GetInt32();
            ulong seed = ulong.Parse(row.GetProperty("seed").GetString()!, CultureInfo.InvariantCulture);
            ulong expected = Convert.ToUInt64(row.GetProperty("xxh64").GetString()!, 16);
            Assert.That(XxHash64.Hash(Recipe(length), seed), Is.EqualTo(expected), $"length {length}, seed {seed}");
        }
    }

    /// <summary>The buffer that the vectors' file describes.</summary>
    private static byte[] Recipe(int length)
    {
        byte[] bytes = new byte[length];
        ulong g = 2654435761;
        for (int i = 0; i < length; i++)
        {
            bytes[i] = (byte)(g >> 56);
            g *= 11400714785074694797;
        }

        return bytes;
    }
}
