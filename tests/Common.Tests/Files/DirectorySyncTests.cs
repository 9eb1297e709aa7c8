using Millrace.Common.Files;

namespace Millrace.Common.Tests.Files;

[TestFixture]
internal sealed class DirectorySyncTests
{
    [Test]
    public void Create_SeveralLevels_CreatesAll()
    {
        using ScratchDirectory scratch = new();
        string path = Path.Combine(scratch.Path, "a", "b", "c");

        DirectorySync.Create(path);
        DirectorySync.Create(path);

        Assert.That(Directory.Exists(path), Is.True);
    }

    [Test]
    public void Sync_NoSuchDirectory_Throws()
    {
        using ScratchDirectory scratch = new();

        Assert.That(() => DirectorySync.Sync(scratch.File("none")), Throws.TypeOf<FileFailure>());
    }

    [Test]
    public void Sync_NotADirectoryThatCanSync_Throws()
    {
        Assert.That(() => DirectorySync.Sync("/proc/self"), Throws.TypeOf<FileFailure>());
    }

    [Test]
    public void Delete_Twice_SaysWhetherThereWasOne()
    {
        using ScratchDirectory scratch = new();
        File.WriteAllText(scratch.File("a"), "");

        Assert.That(DirectorySync.Delete(scratch.File("a")), Is.True);
        Assert.That(DirectorySync.Delete(scratch.File("a")), Is.False);
    }

    [Test]
    public void Rename_NoSuchFile_Throws()
    {
        using ScratchDirectory scratch = new();

        Assert.That(
            () => DirectorySync.Rename(scratch.File("a"), scratch.File("b")),
            Throws.TypeOf<FileFailure>().With.Property("Operation").EqualTo("rename"));
    }
}
