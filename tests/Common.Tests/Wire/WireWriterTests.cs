using FsCheck;
using FsCheck.Fluent;
using Google.Protobuf;
using Millrace.Common.Wire;

namespace Millrace.Common.Tests.Wire;

public sealed class WireWriterTests
{
    [Test]
    public void WriteVarint_OfAnyValue_EqualsTheOfficialEncodingAndReadsBack() =>
        Prop.ForAll<ulong, byte>((wide, bits) =>
        {
            ulong value = wide >> (bits % 64);
            Span<byte> bytes = stackalloc byte[10];
            var writer = new WireWriter(bytes);
            writer.WriteVarint(value);
            var reader = new WireReader(bytes[..writer.Position]);
            return writer.Position == CodedOutputStream.ComputeUInt64Size(value)
                && WireWriter.VarintLength(value) == writer.Position
                && reader.TryReadVarint(out ulong read) && read == value && reader.AtEnd;
        }).QuickCheckThrowOnFailure();

    [Test]
    public void VarintLength_AroundEveryPowerOfTwo_IsExact() =>
        Assert.Multiple(() =>
        {
            for (int bit = 0; bit < 64; bit++)
            {
                ulong power = 1ul << bit;
                Assert.That(WireWriter.VarintLength(power), Is.EqualTo(CodedOutputStream.ComputeUInt64Size(power)));
                Assert.That(
                    WireWriter.VarintLength(power - 1), Is.EqualTo(CodedOutputStream.ComputeUInt64Size(power - 1)));
            }
        });
}
