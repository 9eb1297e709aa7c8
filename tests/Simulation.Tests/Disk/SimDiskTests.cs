using Millrace.Simulation.Disk;
using Millrace.Simulation.Engine;

namespace Millrace.Simulation.Tests.Disk;

public sealed class SimDiskTests
{
    private readonly SimDisk _disk = new(new SimRandom(1));

    [SetUp]
    public void MakeADurableFile()
    {
        _disk.Create("/d/a");
        _disk.Write("/d/a", 0, "old"u8);
        _disk.Sync("/d/a");
        _disk.SyncDirectory("/d");
    }

    [Test]
    public void PowerCut_UnsyncedWrite_IsLostWhenAllIsDropped()
    {
        _disk.Write("/d/a", 0, "new"u8);
        _disk.LosePower(PowerLoss.DropAll);
        Assert.That(_disk.Find("/d/a")!.Content.ToArray(), Is.EqualTo("old"u8.ToArray()));
    }

    [Test]
    public void PowerCut_SyncedWrite_IsKept()
    {
        _disk.Write("/d/a", 0, "new"u8);
        _disk.Sync("/d/a");
        _disk.LosePower(PowerLoss.DropAll);
        Assert.That(_disk.Find("/d/a")!.Content.ToArray(), Is.EqualTo("new"u8.ToArray()));
    }

    [Test]
    public void PowerCut_RenameWithoutDirectorySync_IsUndoneWhenAllIsDropped()
    {
        _disk.Rename("/d/a", "/d/b");
        _disk.LosePower(PowerLoss.DropAll);
        Assert.That(_disk.Files("/d"), Is.EqualTo(new[] { "/d/a" }));
    }

    [Test]
    public void PowerCut_AfterAFailedSync_LosesWhatLooksWritten()
    {
        _disk.Write("/d/a", 0, "new"u8);
        _disk.Before = (operation, _) =>
        {
            if (operation == DiskOperation.Sync)
            {
                throw new IOException("EIO");
            }
        };
        Assert.That(() => _disk.Sync("/d/a"), Throws.InstanceOf<IOException>());
        _disk.Before = null;
        _disk.Sync("/d/a");
        Assert.That(_disk.Find("/d/a")!.Content.ToArray(), Is.EqualTo("new"u8.ToArray()));
        _disk.LosePower(PowerLoss.KeepAll);
        Assert.That(_disk.Find("/d/a")!.Content.ToArray(), Is.EqualTo("old"u8.ToArray()));
    }

    [Test]
    public void PowerCut_ManySectors_KeepsSomeOfThem()
    {
        _disk.Write("/d/a", 0, new byte[64 * SimFile.SectorBytes]);
        _disk.Sync("/d/a");
        _disk.Write("/d/a", 0, Enumerable.Repeat((byte)1, 64 * SimFile.SectorBytes).ToArray());
        _disk.LosePower(PowerLoss.KeepAnySectors);
        int kept = Enumerable.Range(0, 64).Count(i => _disk.Find("/d/a")!.Content[(i * SimFile.SectorBytes) + 9] == 1);
        Assert.That(kept, Is.InRange(1, 63));
    }
}
