using Millrace.Common.Files;

namespace Millrace.Common.Tests.Files;

[TestFixture]
internal sealed class CheckedFileTests
{
    private static readonly byte[] _payload = [0, 10, 255, 32, 7];

    [Test]
    public void Read_AfterWrite_GivesThePayload()
    {
        using ScratchDirectory scratch = new();
        CheckedFile.Write(scratch.File("a"), "thing", 3, _payload);

        Assert.That(CheckedFile.Read(scratch.File("a"), "thing", 3), Is.EqualTo(_payload));
        Assert.That(CheckedFile.Read(scratch.File("b"), "thing", 3), Is.Null);
    }

    [Test]
    public void Read_AnyBitFlipped_SaysDamaged()
    {
        using ScratchDirectory scratch = new();
        string path = scratch.File("a");
        CheckedFile.Write(path, "thing", 3, _payload);
        byte[] good = File.ReadAllBytes(path);

        for (int bit = 0; bit < good.Length * 8; bit++)
        {
            byte[] bad = [.. good];
            bad[bit / 8] ^= (byte)(1 << (bit % 8));
            File.WriteAllBytes(path, bad);

            Assert.That(
                () => CheckedFile.Read(path, "thing", 3),
                Throws.TypeOf<FileDamagedException>().With.Property("Path").EqualTo(path),
                $"bit {bit}");
        }
    }

    [Test]
    public void Read_AnyLengthCutOff_SaysDamaged()
    {
        using ScratchDirectory scratch = new();
        string path = scratch.File("a");
        CheckedFile.Write(path, "thing", 3, _payload);
        byte[] good = File.ReadAllBytes(path);

        for (int length = 0; length < good.Length; length++)
        {
            File.WriteAllBytes(path, good[..length]);

            Assert.That(() => CheckedFile.Read(path, "thing", 3), Throws.TypeOf<FileDamagedException>());
        }
    }

    [Test]
    public void Read_OtherVersionOrKind_SaysSo()
    {
        using ScratchDirectory scratch = new();
        CheckedFile.Write(scratch.File("a"), "thing", 4, _payload);

        Assert.That(
            () => CheckedFile.Read(scratch.File("a"), "thing", 3),
            Throws.TypeOf<FileDamagedException>().With.Message.Contain("version 4"));
        Assert.That(() => CheckedFile.Read(scratch.File("a"), "other", 4), Throws.TypeOf<FileDamagedException>());
    }
}
