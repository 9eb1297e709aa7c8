using Millrace.Common.Files;
using Millrace.Coordinator.Storage;
using Millrace.Coordinator.Tests.Journal;

namespace Millrace.Coordinator.Tests.Storage;

[TestFixture]
internal sealed class ControlSnapshotFileTests
{
    [Test]
    public void Load_NothingWritten_IsNull()
    {
        using ScratchDirectory scratch = new();

        Assert.That(new ControlSnapshotFile(scratch.File("control")).Load(Fail), Is.Null);
        Assert.That(new ControlSnapshotFile(scratch.File("control")).OldestPosition, Is.Zero);
    }

    [Test]
    public void Write_Three_KeepsTheTwoNewest()
    {
        using ScratchDirectory scratch = new();
        ControlSnapshotFile file = new(scratch.Path);
        file.Write(Snapshot(512, 1), 9999);
        Assert.That(file.OldestPosition, Is.Zero);
        file.Write(Snapshot(1024, 1), 9999);
        Assert.That(file.OldestPosition, Is.EqualTo(512));
        file.Write(Snapshot(2048, 2), 2048);

        StoredControlSnapshot? loaded = new ControlSnapshotFile(scratch.Path).Load(Fail);

        Assert.That(loaded!.Position, Is.EqualTo(2048));
        Assert.That(loaded.Incarnation, Is.EqualTo(2));
        Assert.That(loaded.Bytes.ToArray(), Is.EqualTo(Snapshot(2048, 2).Bytes.ToArray()));
        Assert.That(file.OldestPosition, Is.EqualTo(1024));
        Assert.That(Directory.GetFiles(scratch.Path), Has.Length.EqualTo(2));
    }

    [Test]
    public void Write_AboveTheDurableEnd_IsRefused()
    {
        using ScratchDirectory scratch = new();
        ControlSnapshotFile file = new(scratch.Path);

        Assert.That(() => file.Write(Snapshot(1024, 1), 512), Throws.ArgumentException);
        Assert.That(Directory.GetFiles(scratch.Path), Is.Empty);
    }

    [Test]
    public void Row48_NewestDamagedAtAnyByte_FallsBackAndReports()
    {
        using ScratchDirectory scratch = new();
        new ControlSnapshotFile(scratch.Path).Write(Snapshot(512, 1), 9999);
        new ControlSnapshotFile(scratch.Path).Write(Snapshot(1024, 1), 9999);
        string newest = Directory.GetFiles(scratch.Path).Max(StringComparer.Ordinal)!;
        byte[] good = File.ReadAllBytes(newest);
        for (int at = 0; at < good.Length; at++)
        {
            byte[] bad = [.. good];
            bad[at] ^= 4;
            File.WriteAllBytes(newest, bad);
            List<string> reported = [];

            StoredControlSnapshot? loaded = new ControlSnapshotFile(scratch.Path).Load(reported.Add);

            Assert.That(loaded!.Position, Is.EqualTo(512));
            Assert.That(reported, Has.Count.EqualTo(1).And.Some.Contain(newest));
        }
    }

    [Test]
    public void Write_AfterAFallBack_NeverDeletesTheGoodOne()
    {
        using ScratchDirectory scratch = new();
        ControlSnapshotFile file = new(scratch.Path);
        file.Write(Snapshot(512, 1), 9999);
        file.Write(Snapshot(1024, 1), 9999);
        Damage(Directory.GetFiles(scratch.Path).Max(StringComparer.Ordinal)!);
        file.Load(_ => { });

        file.Write(Snapshot(2048, 1), 9999);
        Damage(Directory.GetFiles(scratch.Path, "*.snapshot").Max(StringComparer.Ordinal)!);

        Assert.That(file.Load(_ => { })!.Position, Is.EqualTo(512));
    }

    [Test]
    public void Row48_AllDamaged_ThrowsEachTime()
    {
        using ScratchDirectory scratch = new();
        ControlSnapshotFile file = new(scratch.Path);
        file.Write(Snapshot(512, 1), 9999);
        file.Write(Snapshot(1024, 1), 9999);
        foreach (string path in Directory.GetFiles(scratch.Path))
        {
            Damage(path);
        }

        for (int start = 0; start < 3; start++)
        {
            Assert.That(() => file.Load(_ => { }), Throws.TypeOf<FileDamagedException>());
        }
    }

    [Test]
    public void Row49_FilesSwapped_SaysDamaged()
    {
        using ScratchDirectory scratch = new();
        ControlSnapshotFile file = new(scratch.Path);
        file.Write(Snapshot(512, 1), 9999);
        File.Move(Directory.GetFiles(scratch.Path)[0], scratch.File("00000000000000001024.snapshot"));

        Assert.That(() => file.Load(_ => { }), Throws.TypeOf<FileDamagedException>());
    }

    private static StoredControlSnapshot Snapshot(ulong position, ulong incarnation) =>
        new(position, incarnation, new byte[] { (byte)position, 1, 2, (byte)(position >> 8) });

    private static void Damage(string path)
    {
        byte[] bytes = File.ReadAllBytes(path);
        bytes[^1] ^= 1;
        File.WriteAllBytes(path, bytes);
    }

    private static void Fail(string message) => Assert.Fail(message);
}
