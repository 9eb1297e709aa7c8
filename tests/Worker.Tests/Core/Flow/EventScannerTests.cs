using System.Text;
using FsCheck;
using FsCheck.Fluent;
using Millrace.Common.Keys;
using Millrace.Common.Wire;
using EventFields = Millrace.Worker.Core.Flow.EventFields;
using EventScanner = Millrace.Worker.Core.Flow.EventScanner;

namespace Millrace.Worker.Tests.Core.Flow;

public sealed class EventScannerTests
{
    [Test]
    public void Read_OfEncodedEvents_FindsTheirParts()
    {
        byte[] bytes = Encode(("k1", "v1", 7), ("key two", "", -1), ("k3", new string('x', 300), 0));
        var fields = new EventFields[8];
        var scanner = new EventScanner(bytes);

        int read = scanner.Read(fields);

        Assert.Multiple(() =>
        {
            Assert.That(read, Is.EqualTo(3));
            Assert.That(
                fields[..3].Select(f => Text(bytes, f.KeyStart, f.KeyLength)),
                Is.EqualTo(new[] { "k1", "key two", "k3" }));
            Assert.That(Text(bytes, fields[0].ValueStart, fields[0].ValueLength), Is.EqualTo("v1"));
            Assert.That(fields[2].ValueLength, Is.EqualTo(300));
            Assert.That(fields[..3].Select(f => f.TimeMs), Is.EqualTo(new[] { 7L, -1, 0 }));
            Assert.That(fields[1].KeyHash, Is.EqualTo(XxHash64.Hash("key two"u8)));
        });
    }

    [Test]
    public void Read_InSmallPortions_SumsTheHashesOfEachPortion()
    {
        Entries entries = Entries.Of("a", "b", "c", "d", "e");
        var fields = new EventFields[2];
        var scanner = new EventScanner(entries.Bytes());
        ulong sum = 0;
        int count = 0;
        while (!scanner.AtEnd)
        {
            count += scanner.Read(fields);
            sum += scanner.HashSum;
        }

        Assert.That((count, sum), Is.EqualTo((5, entries.HashSum(5))));
    }

    [Test]
    public void Read_OfUnknownAndRepeatedFields_SkipsThemAndTakesTheLast()
    {
        byte[] body =
        [
            0x0A, 1, (byte)'x', // key "x"
            0x28, 0x96, 0x01, // field 5, varint
            0x31, 1, 2, 3, 4, 5, 6, 7, 8, // field 6, fixed64
            0x3D, 1, 2, 3, 4, // field 7, fixed32
            0x22, 2, 0x0A, 0, // a header
            0x8A, 0x00, 1, (byte)'y', // key "y", its tag not in the shortest form
        ];
        byte[] bytes = [0x7A, (byte)body.Length, .. body];
        var fields = new EventFields[1];
        var scanner = new EventScanner(bytes);

        Assert.That(scanner.Read(fields), Is.EqualTo(1));
        Assert.That(Text(bytes, fields[0].KeyStart, fields[0].KeyLength), Is.EqualTo("y"));
    }

    [TestCase(new byte[] { 0x79, 0 }, TestName = "Read_OfAnotherTag_Fails")]
    [TestCase(new byte[] { 0x7A }, TestName = "Read_OfATagWithoutLength_Fails")]
    [TestCase(new byte[] { 0x7A, 5, 0x0A, 3, 1 }, TestName = "Read_OfAnEntryCutShort_Fails")]
    [TestCase(new byte[] { 0x7A, 2, 0x0A, 3 }, TestName = "Read_OfAKeyBeyondItsEvent_Fails")]
    [TestCase(new byte[] { 0x7A, 1, 0x0B }, TestName = "Read_OfAGroup_Fails")]
    public void Read_OfWhatIsNoEvent_Fails(byte[] bytes)
    {
        var fields = new EventFields[4];
        var scanner = new EventScanner(bytes);
        Assert.That(scanner.Read(fields), Is.EqualTo(-1));
    }

    /// <summary>What the coordinator takes, the worker must read, and find the same key in.</summary>
    [Test]
    public void Read_OfAnythingThatIngestAccepts_FindsTheSameKeyAndTime() =>
        Prop.ForAll(EventBodies().ToArbitrary(), body =>
        {
            byte[] bytes = [0x7A, (byte)body.Length, .. body];
            bool accepted = EntryScanner.TryRead(bytes, out Common.Wire.EventFields expected);
            var fields = new EventFields[1];
            var scanner = new EventScanner(bytes);
            int read = scanner.Read(fields);
            return !accepted
                || (read == 1
                    && fields[0].KeyLength == expected.KeyLength
                    && (expected.KeyLength == 0 || fields[0].KeyStart == expected.KeyStart)
                    && fields[0].EntryLength == expected.EntryLength
                    && fields[0].TimeMs == expected.EventTimeMs);
        }).QuickCheckThrowOnFailure();

    /// <summary>Pieces that look like fields, so that many bodies are well formed and many only nearly.</summary>
    private static Gen<byte[]> EventBodies()
    {
        Gen<byte[]> piece = Gen.OneOf(
            Gen.Elements<byte[]>(
                [0x0A, 1, 65],
                [0x0A, 0],
                [0x12, 2, 66, 67],
                [0x18, 0xAC, 0x02],
                [0x22, 0],
                [0x30, 1],
                [0x8A, 0x00, 1, 68]),
            Gen.Choose(0, 255).Select(b => new[] { (byte)b }));
        return Gen.Choose(0, 6).SelectMany(n => piece.ArrayOf(n)).Select(parts => parts.SelectMany(p => p).ToArray());
    }

    private static string Text(byte[] bytes, int start, int length) => Encoding.UTF8.GetString(bytes, start, length);

    private static byte[] Encode(params (string Key, string Value, long TimeMs)[] events)
    {
        var entries = new Entries();
        foreach ((string key, string value, long time) in events)
        {
            entries.Add(key, value, time);
        }

        return entries.Bytes();
    }
}
