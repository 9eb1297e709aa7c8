using System.Diagnostics;
using System.Globalization;
using Millrace.Common.Files;
using Millrace.Common.Model;

namespace Millrace.Common.Tests.Files;

[TestFixture]
internal sealed class DataDirectoryLockTests
{
    [Test]
    public void Acquire_AlreadyHeld_IsRefusedNamingPathAndPid()
    {
        using ScratchDirectory scratch = new();
        using DataDirectoryLock held = DataDirectoryLock.Acquire(scratch.Path);

        RefusalException? refused = Assert.Throws<RefusalException>(() => DataDirectoryLock.Acquire(scratch.Path));

        string pid = Environment.ProcessId.ToString(CultureInfo.InvariantCulture);
        Assert.That(refused!.Refusal.Reason, Is.EqualTo("DATA_DIRECTORY_LOCKED"));
        Assert.That(refused.Message, Does.Contain(scratch.Path).And.Contain($"pid {pid}:"));
        Assert.That(refused.Refusal.Metadata["pid"], Is.EqualTo(pid));
    }

    [Test]
    public void Acquire_AfterRelease_Succeeds()
    {
        using ScratchDirectory scratch = new();
        DataDirectoryLock.Acquire(scratch.Path).Dispose();

        Assert.That(() => DataDirectoryLock.Acquire(scratch.Path).Dispose(), Throws.Nothing);
    }

    [Test]
    public void Acquire_HeldByAnotherProcess_IsRefused()
    {
        using ScratchDirectory scratch = new();
        string path = scratch.File("lock");
        using Process other = Process.Start(new ProcessStartInfo("flock", [path, "sh", "-c", "echo held; cat"])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
        })!;
        Assert.That(other.StandardOutput.ReadLine(), Is.EqualTo("held"));

        Assert.That(() => DataDirectoryLock.Acquire(scratch.Path), Throws.TypeOf<RefusalException>());

        other.StandardInput.Close();
        other.WaitForExit();
        Assert.That(() => DataDirectoryLock.Acquire(scratch.Path).Dispose(), Throws.Nothing);
    }
}
