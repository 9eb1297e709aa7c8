using FsCheck;
using FsCheck.Fluent;
using Google.Protobuf;
using Millrace.Common.Wire;
using Millrace.Protocol.Ingest.V1;
using Millrace.Protocol.Type.V1;

namespace Millrace.Common.Tests.Wire;

public sealed class EntryScannerTests
{
    [Test]
    public void TryRead_OfAnyEncodedEvent_FindsWhatTheGeneratedParserFinds() =>
        Prop.ForAll(EventSamples.Arbitrary, message => Agrees(EventSamples.Reference(message), message))
            .QuickCheckThrowOnFailure();

    [Test]
    public void TryRead_OfAWholeBatch_WalksFromEntryToEntry() =>
        Prop.ForAll(EventSamples.Batches, events =>
        {
            ReadOnlySpan<byte> rest = new PublishRequest { Events = { events } }.ToByteArray();
            foreach (Event message in events)
            {
                if (!EntryScanner.TryRead(rest, out EventFields fields)
                    || EntryScanner.LengthAt(rest) != fields.EntryLength
                    || !Agrees(rest[..fields.EntryLength].ToArray(), message))
                {
                    return false;
                }

                rest = rest[fields.EntryLength..];
            }

            return rest.IsEmpty;
        }).QuickCheckThrowOnFailure();

    [Test]
    public void TryRead_OfFieldsInAnyOrderWithUnknownOnes_StillAgrees() =>
        Prop.ForAll<int>(seed =>
        {
            byte[] entry = Shuffled(new Random(seed));
            return Agrees(entry, PublishRequest.Parser.ParseFrom(entry).Events[0]);
        }).QuickCheckThrowOnFailure();

    [Test]
    public void TryRead_OfDamagedBytes_AcceptsOnlyWhatTheGeneratedParserReadsTheSameWay() =>
        Prop.ForAll(EventSamples.Arbitrary, ArbMap.Default.ArbFor<PositiveInt>(), (message, seed) =>
        {
            byte[] entry = EventSamples.Reference(message);
            var random = new Random(seed.Get);
            for (int i = random.Next(4); i >= 0; i--)
            {
                entry[random.Next(entry.Length)] = (byte)random.Next(256);
            }

            return !EntryScanner.TryRead(entry, out EventFields fields)
                || Agrees(
                    entry[..fields.EntryLength],
                    PublishRequest.Parser.ParseFrom(entry, 0, fields.EntryLength).Events[0]);
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(3000));

    [Test]
    public void TryRead_OfEveryPrefix_IsRefused()
    {
        byte[] entry = EventSamples.Reference(new Event
        {
            Key = ByteString.CopyFromUtf8("key"),
            Value = ByteString.CopyFrom(new byte[300]),
            EventTimeMs = 12345,
            Headers = { new Header { Name = "n", Value = ByteString.CopyFromUtf8("v") } },
        });
        for (int length = 0; length < entry.Length; length++)
        {
            Assert.That(EntryScanner.TryRead(entry.AsSpan(0, length), out _), Is.False, $"prefix of {length} bytes");
        }

        Assert.That(EntryScanner.TryRead(entry, out _), Is.True);
    }

    [TestCase("7A 02 0A 05", "key longer than the event")]
    [TestCase("7A 01 0B", "a group")]
    [TestCase("7A 02 00 00", "field number zero")]
    [TestCase("7A 0B 18 FF FF FF FF FF FF FF FF FF FF", "an endless varint")]
    [TestCase("7A FF FF FF FF FF FF FF FF FF 01", "a length of 2^64 - 1")]
    [TestCase("7A 05 22 03 0A 01 FF", "a header name that is not UTF-8")]
    [TestCase("7A 04 22 02 0A 05", "a header that ends within its name")]
    [TestCase("72 00", "another field")]
    public void TryRead_OfMalformedBytes_IsRefused(string hex, string what) =>
        Assert.That(EntryScanner.TryRead(Convert.FromHexString(hex.Replace(" ", "")), out _), Is.False, what);

    [Test]
    public void TryRead_OfAnEventWithoutKey_SaysSo()
    {
        Assert.That(EntryScanner.TryRead([0x7A, 0x00], out EventFields fields), Is.True);
        Assert.That(fields, Is.EqualTo(new EventFields(2, 2, 0, 0, 0)));
    }

    [Test]
    public void TryRead_OfManyEntries_AllocatesNothing()
    {
        byte[] entry = EventSamples.Reference(new Event { Key = ByteString.CopyFromUtf8("k"), EventTimeMs = 7 });
        EntryScanner.TryRead(entry, out _);
        long before = GC.GetAllocatedBytesForCurrentThread();
        for (int i = 0; i < 1000; i++)
        {
            EntryScanner.TryRead(entry, out _);
        }

        Assert.That(GC.GetAllocatedBytesForCurrentThread() - before, Is.Zero);
    }

    private static bool Agrees(byte[] entry, Event expected) =>
        EntryScanner.TryRead(entry, out EventFields fields)
        && fields.EntryLength == entry.Length
        && fields.EventTimeMs == expected.EventTimeMs
        && entry.AsSpan(fields.KeyStart, fields.KeyLength).SequenceEqual(expected.Key.Span);

    /// <summary>An entry as another library might write it: fields in random order, repeated, with ones of the
    /// future.</summary>
    private static byte[] Shuffled(Random random)
    {
        using var body = new MemoryStream();
        using (var output = new CodedOutputStream(body, leaveOpen: true))
        {
            for (int i = random.Next(12); i >= 0; i--)
            {
                WriteSomeField(output, random);
            }
        }

        using var entry = new MemoryStream();
        using (var output = new CodedOutputStream(entry, leaveOpen: true))
        {
            output.WriteTag(15, WireFormat.WireType.LengthDelimited);
            output.WriteBytes(ByteString.CopyFrom(body.ToArray()));
        }

        return entry.ToArray();
    }

    private static void WriteSomeField(CodedOutputStream output, Random random)
    {
        byte[] bytes = new byte[random.Next(200)];
        random.NextBytes(bytes);
        switch (random.Next(8))
        {
            case 0:
                output.WriteTag(1, WireFormat.WireType.LengthDelimited);
                output.WriteBytes(ByteString.CopyFrom(bytes));
                break;
            case 1:
                output.WriteTag(2, WireFormat.WireType.LengthDelimited);
                output.WriteBytes(ByteString.CopyFrom(bytes));
                break;
            case 2:
                output.WriteTag(3, WireFormat.WireType.Varint);
                output.WriteInt64(random.NextInt64());
                break;
            case 3:
                output.WriteTag(4, WireFormat.WireType.LengthDelimited);
                output.WriteMessage(new Header { Name = "trace", Value = ByteString.CopyFrom(bytes) });
                break;
            case 4:
                output.WriteTag(random.Next(5, 1 << 29), WireFormat.WireType.LengthDelimited);
                output.WriteBytes(ByteString.CopyFrom(bytes));
                break;
            case 5:
                output.WriteTag(random.Next(5, 1 << 29), WireFormat.WireType.Varint);
                output.WriteUInt64((ulong)random.NextInt64());
                break;
            case 6:
                output.WriteTag(1, WireFormat.WireType.Fixed64);
                output.WriteFixed64(1);
                break;
            default:
                output.WriteTag(random.Next(5, 1 << 29), WireFormat.WireType.Fixed32);
                output.WriteFixed32(2);
                break;
        }
    }
}
