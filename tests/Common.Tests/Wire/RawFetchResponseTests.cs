using FsCheck;
using FsCheck.Fluent;
using Google.Protobuf;
using Millrace.Common.Wire;
using Millrace.Protocol.Type.V1;
using Millrace.Protocol.Worker.V1;

namespace Millrace.Common.Tests.Wire;

public sealed class RawFetchResponseTests
{
    private static readonly Arbitrary<FetchResponse> _responses = Arb.From(
        (from events in EventSamples.Events.ArrayOf()
         from numbers in Gen.Choose(0, int.MaxValue).Three()
         from continued in Gen.Elements(true, false)
         select Block(events, (ulong)numbers.Item1, (ulong)numbers.Item2, (ulong)numbers.Item3, continued))
        .ArrayOf()
        .Select(blocks => new FetchResponse { Blocks = { blocks } }));

    [Test]
    public void Marshaller_OfAnyResponse_ReadsGeneratedBytesAndWritesThemBack() =>
        Prop.ForAll(_responses, expected =>
        {
            byte[] bytes = expected.ToByteArray();
            RawFetchResponse raw = RawFetchResponse.Marshaller.Deserializer(bytes);
            bool same = raw.Blocks.Select(Decode).SequenceEqual(expected.Blocks)
                && RawFetchResponse.Marshaller.Serializer(raw).AsSpan().SequenceEqual(bytes);
            raw.Release();
            return same;
        }).QuickCheckThrowOnFailure();

    [Test]
    public void Marshaller_OfDamagedBytes_ReadsThemOrSaysThatTheyAreMalformed() =>
        Prop.ForAll(_responses, ArbMap.Default.ArbFor<PositiveInt>(), (response, seed) =>
        {
            byte[] bytes = response.ToByteArray();
            var random = new Random(seed.Get);
            for (int i = 0; i < 3 && bytes.Length > 0; i++)
            {
                bytes[random.Next(bytes.Length)] = (byte)random.Next(256);
            }

            try
            {
                RawFetchResponse.Marshaller.Deserializer(bytes).Release();
            }
            catch (InvalidDataException)
            {
                return true;
            }

            return true;
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(1000));

    [Test]
    public void Marshaller_OfEntriesThatDoNotTouch_IsMalformed()
    {
        byte[] block = [0x7A, 0x00, 0x08, 0x01, 0x7A, 0x00];
        byte[] message = [0x0A, (byte)block.Length, .. block];
        Assert.That(
            () => RawFetchResponse.Marshaller.Deserializer(message), Throws.InstanceOf<InvalidDataException>());
    }

    [Test]
    public void Clear_OfASentMessage_LetsItBeFilledAgain()
    {
        var message = new RawFetchResponse();
        message.Add(new RawBlock(1, 2, 3, 4, 0, false, 5, default));
        message.Clear();
        Assert.That(RawFetchResponse.Marshaller.Serializer(message), Is.Empty);
    }

    private static Block Block(Event[] events, ulong task, ulong position, ulong offset, bool continued)
    {
        var block = new Block
        {
            TaskId = task,
            Epoch = position / 3,
            Position = position,
            FirstOffset = offset,
            EventCount = (uint)events.Length,
            Continued = continued,
            Subscription = offset / 5,
        };
        block.Events.AddRange(events);
        return block;
    }

    private static Block Decode(RawBlock raw)
    {
        Block block = Protocol.Worker.V1.Block.Parser.ParseFrom(raw.Entries.ToArray());
        block.TaskId = raw.TaskId;
        block.Epoch = raw.Epoch;
        block.Position = raw.Position;
        block.FirstOffset = raw.FirstOffset;
        block.EventCount = raw.EventCount;
        block.Continued = raw.Continued;
        block.Subscription = raw.Subscription;
        return block;
    }
}
