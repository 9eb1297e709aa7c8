using Millrace.Common.Files;

namespace Millrace.Common.Tests.Files;

[TestFixture]
internal sealed class RawFileTests
{
    private const int Eio = 5;
    private const int Einval = 22;
    private const int Enospc = 28;

    [Test]
    public void ReadAt_BeyondEnd_ReturnsWhatThereIs()
    {
        using ScratchDirectory scratch = new();
        using RawFile file = RawFile.CreateNew(scratch.File("a"));
        file.WriteAt(3, [1, 2, 3]);
        byte[] buffer = new byte[10];

        int count = file.ReadAt(2, buffer);

        Assert.That(count, Is.EqualTo(4));
        Assert.That(buffer[..4], Is.EqualTo(new byte[] { 0, 1, 2, 3 }));
        Assert.That(file.Length, Is.EqualTo(6));
    }

    [Test]
    public void Sync_NewFile_Succeeds()
    {
        using ScratchDirectory scratch = new();
        using RawFile file = RawFile.OpenOrCreate(scratch.File("a"));
        file.Allocate(0, 8192);
        file.WriteAt(0, new byte[100]);

        Assert.That(file.SyncData, Throws.Nothing);
        Assert.That(file.Sync, Throws.Nothing);
        Assert.That(file.Length, Is.EqualTo(8192));
    }

    // The managed Flush(true) reports success here; these two prove that ours does not.
    [Test]
    public void SyncData_DeviceThatCannotSync_Throws()
    {
        using RawFile file = RawFile.OpenToWrite("/dev/full");

        Assert.That(
            file.SyncData,
            Throws.TypeOf<FileFailure>().With.Property("Errno").EqualTo(Einval)
                .And.Property("Operation").EqualTo("fdatasync").And.Property("Path").EqualTo("/dev/full"));
    }

    [Test]
    public void Sync_DeviceThatCannotSync_Throws()
    {
        using RawFile file = RawFile.OpenToWrite("/dev/full");

        Assert.That(
            file.Sync,
            Throws.TypeOf<FileFailure>().With.Property("Errno").EqualTo(Einval)
                .And.Property("Operation").EqualTo("fsync"));
    }

    [Test]
    public void WriteAt_FullDevice_ThrowsNoSpace()
    {
        using RawFile file = RawFile.OpenToWrite("/dev/full");

        FileFailure? failure = Assert.Throws<FileFailure>(() => file.WriteAt(0, new byte[1]));

        Assert.That(failure!.Errno, Is.EqualTo(Enospc));
        Assert.That(failure.IsNoSpace, Is.True);
        Assert.That(failure.Message, Does.Contain("pwrite of /dev/full"));
    }

    [Test]
    public void ReadAt_UnreadableBytes_ThrowsInputOutputError()
    {
        using RawFile file = RawFile.OpenToRead("/proc/self/mem");

        Assert.That(
            () => file.ReadAt(0, new byte[1]),
            Throws.TypeOf<FileFailure>().With.Property("Errno").EqualTo(Eio));
    }

    [Test]
    public void OpenToRead_NoSuchFile_ThrowsNotFoundWithPath()
    {
        using ScratchDirectory scratch = new();
        string path = scratch.File("none");

        FileFailure? failure = Assert.Throws<FileFailure>(() => RawFile.OpenToRead(path));

        Assert.That(failure!.IsNotFound, Is.True);
        Assert.That(failure.Path, Is.EqualTo(path));
    }

    [Test]
    public void CreateNew_NameTaken_Throws()
    {
        using ScratchDirectory scratch = new();
        RawFile.CreateNew(scratch.File("a")).Dispose();

        Assert.That(() => RawFile.CreateNew(scratch.File("a")), Throws.TypeOf<FileFailure>());
    }
}
