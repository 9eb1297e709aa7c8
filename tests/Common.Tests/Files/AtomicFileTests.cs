using Millrace.Common.Files;

namespace Millrace.Common.Tests.Files;

[TestFixture]
internal sealed class AtomicFileTests
{
    [Test]
    public void Write_NewAndExisting_ReadsBackTheLast()
    {
        using ScratchDirectory scratch = new();
        string path = scratch.File("a");

        AtomicFile.Write(path, [1]);
        AtomicFile.Write(path, [2, 3]);

        Assert.That(AtomicFile.Read(path), Is.EqualTo(new byte[] { 2, 3 }));
        Assert.That(Directory.GetFiles(scratch.Path), Is.EqualTo(new[] { path }));
    }

    [Test]
    public void Read_NoFile_IsNull()
    {
        using ScratchDirectory scratch = new();

        Assert.That(AtomicFile.Read(scratch.File("a")), Is.Null);
    }

    [Test]
    public void Dispose_NotCommitted_LeavesTheOldFileOnly()
    {
        using ScratchDirectory scratch = new();
        string path = scratch.File("a");
        AtomicFile.Write(path, [1]);

        using (AtomicFile file = AtomicFile.Create(path))
        {
            file.Append([9]);
            file.Append([9]);
            Assert.That(file.Length, Is.EqualTo(2));
        }

        Assert.That(AtomicFile.Read(path), Is.EqualTo(new byte[] { 1 }));
        Assert.That(Directory.GetFiles(scratch.Path), Has.Length.EqualTo(1));
    }

    [Test]
    public void DeleteLeftovers_HalfWrittenFile_IsGone()
    {
        using ScratchDirectory scratch = new();
        File.WriteAllText(scratch.File("a.7.tmp"), "x");
        File.WriteAllText(scratch.File("a"), "y");

        AtomicFile.DeleteLeftovers(scratch.Path);

        Assert.That(Directory.GetFiles(scratch.Path), Is.EqualTo(new[] { scratch.File("a") }));
    }

    [Test]
    public void Create_NoSuchDirectory_Throws()
    {
        using ScratchDirectory scratch = new();

        Assert.That(
            () => AtomicFile.Write(Path.Combine(scratch.Path, "no", "a"), [1]),
            Throws.TypeOf<FileFailure>().With.Property("IsNotFound").True);
    }
}
