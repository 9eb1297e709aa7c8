using Millrace.Common.Files;
using Millrace.Coordinator.Storage;
using Millrace.Coordinator.Tests.Journal;

namespace Millrace.Coordinator.Tests.Storage;

[TestFixture]
internal sealed class IncarnationFileTests
{
    [Test]
    public void Begin_EachStart_IsOneHigherAndKeepsTheName()
    {
        using ScratchDirectory scratch = new();
        IncarnationFile first = new(scratch.Path, "red");
        Assert.That(first.IsNew, Is.True);
        Assert.That(first.Begin(0), Is.EqualTo(1));

        IncarnationFile second = new(scratch.Path, "blue");
        Assert.That(second.IsNew, Is.False);
        Assert.That(second.ClusterName, Is.EqualTo("red"));
        Assert.That(second.Begin(0), Is.EqualTo(2));
    }

    [Test]
    public void Begin_JournalHasSeenMore_IsAboveThat()
    {
        using ScratchDirectory scratch = new();

        Assert.That(new IncarnationFile(scratch.Path, "red").Begin(41), Is.EqualTo(42));
        Assert.That(new IncarnationFile(scratch.Path, "red").Begin(5), Is.EqualTo(43));
    }

    [Test]
    public void Constructor_DamagedFile_Throws()
    {
        using ScratchDirectory scratch = new();
        new IncarnationFile(scratch.Path, "red").Begin(0);
        byte[] bytes = File.ReadAllBytes(scratch.File("incarnation"));
        bytes[^3] ^= 1;
        File.WriteAllBytes(scratch.File("incarnation"), bytes);

        Assert.That(() => new IncarnationFile(scratch.Path, "red"), Throws.TypeOf<FileDamagedException>());
    }
}
