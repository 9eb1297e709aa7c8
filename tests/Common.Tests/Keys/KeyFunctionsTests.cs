using System.Globalization;
using System.Numerics;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using FsCheck;
using FsCheck.Fluent;
using Millrace.Common.Keys;
using Millrace.TestKit;

namespace Millrace.Common.Tests.Keys;

public sealed class KeyFunctionsTests
{
    private const string Vectors = "vectors/kafka_murmur2.json";

    [TestCase("21", -973932308)]
    [TestCase("foobar", -790332482)]
    [TestCase("a-little-bit-long-string", -985981536)]
    [TestCase("a-little-bit-longer-string", -1486304829)]
    [TestCase("lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8", -58897971)]
    [TestCase("abc", 479470107)]
    public void Murmur2_OfKafkasOwnExamples_GivesWhatKafkaTests(string key, int expected) =>
        Assert.That(Murmur2.Hash(Encoding.UTF8.GetBytes(key)), Is.EqualTo(expected));

    [Test]
    public void Murmur2_OfEveryVector_GivesKafkasHashAndPartitions()
    {
        using JsonDocument document = Load();
        int partitions = 0;
        JsonElement rows = document.RootElement.GetProperty("derived").GetProperty("rows");
        foreach (JsonElement row in rows.EnumerateArray())
        {
            byte[] key = Encoding.UTF8.GetBytes(row.GetProperty("key").GetString()!);
            Assert.That(Murmur2.Hash(key), Is.EqualTo(row.GetProperty("murmur2").GetInt32()));
            foreach (JsonProperty cell in row.EnumerateObject().Where(p => p.Name[0] == 'p'))
            {
                int count = int.Parse(cell.Name[1..], CultureInfo.InvariantCulture);
                Assert.That(KeyFunction.Murmur2.GroupOf(key, count), Is.EqualTo(cell.Value.GetInt32()), cell.Name);
                partitions++;
            }
        }

        Assert.That(partitions, Is.GreaterThan(100));
    }

    [Test]
    public void Murmur2_OfThePartitionsThatKafkaStates_Agrees()
    {
        using JsonDocument document = Load();
        JsonElement published = document.RootElement.GetProperty("published_partitions");
        int count = published.GetProperty("partitions").GetInt32();
        foreach (JsonProperty key in published.GetProperty("key_to_partition").EnumerateObject())
        {
            Assert.That(
                Murmur2.Partition(Encoding.UTF8.GetBytes(key.Name), count),
                Is.EqualTo(key.Value.GetInt32()),
                key.Name);
        }
    }

    /// <summary>RFC 1321 and RFC 3174 state the digests; their first 8 bytes, read from the left, are it.</summary>
    [TestCase("", 0xD41D8CD98F00B204ul, 0xDA39A3EE5E6B4B0Dul)]
    [TestCase("abc", 0x900150983CD24FB0ul, 0xA9993E364706816Aul)]
    [TestCase("message digest", 0xF96B697D7CB7938Dul, 0xC12252CEDA8BE899ul)]
    public void Digests_OfPublishedText_GiveTheirFirstEightBytesAsABigEndianNumber(string text, ulong md5, ulong sha1)
    {
        byte[] key = Encoding.ASCII.GetBytes(text);
        Assert.That((KeyFunctions.Md5(key), KeyFunctions.Sha1(key)), Is.EqualTo((md5, sha1)));
    }

    [Test]
    public void GroupOf_AnyKeyAndCount_IsWhatBigNumbersSay() =>
        Prop.ForAll<byte[], PositiveInt>((key, count) =>
        {
            int groups = count.Get;
            return KeyFunction.Xxh64.GroupOf(key, groups) == Scale(XxHash64.Hash(key), groups)
                && KeyFunction.Md5.GroupOf(key, groups) == Scale(Head(MD5.HashData(key)), groups)
                && KeyFunction.Sha1.GroupOf(key, groups) == Scale(Head(SHA1.HashData(key)), groups)
                && KeyFunction.Modulo.GroupOf(key, groups) == (int)((BigInteger)XxHash64.Hash(key) % groups);
        }).QuickCheckThrowOnFailure();

    [Test]
    public void GroupOf_WithoutAGroup_Throws() =>
        Assert.That(() => KeyFunction.Partition.GroupOf("k"u8, 4), Throws.InstanceOf<ArgumentOutOfRangeException>());

    private static int Scale(BigInteger hash, int groups) => (int)((hash * groups) >> 64);

    private static BigInteger Head(byte[] digest) => new(digest.AsSpan(0, 8), isUnsigned: true, isBigEndian: true);

    private static JsonDocument Load()
    {
        string? path = SharedData.Find(Vectors);
        if (path is null)
        {
            Assert.Ignore(SharedData.Missing(Vectors));
        }

        return JsonDocument.Parse(File.ReadAllText(path));
    }
}
