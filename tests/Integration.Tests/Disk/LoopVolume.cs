using System.Runtime.InteropServices;
using Millrace.Integration.Tests.Processes;

namespace Millrace.Integration.Tests.Disk;

/// <summary>
/// A small ext4 file system of its own, on a file. Its power can be cut: everything that was not synced is gone, as the
/// kernel drops what it holds and writes nothing more. Space on it can really run out.
/// </summary>
internal sealed partial class LoopVolume : IAsyncDisposable
{
    /// <summary>EXT4_IOC_SHUTDOWN.</summary>
    private const nuint ShutdownCall = 0x8004587D;

    /// <summary>The file system's own journal is not written out either.</summary>
    private const uint NoLogFlush = 2;

    /// <summary>Rarely by itself, so that a cut finds much that only a sync would have saved.</summary>
    private const string Options = "loop,commit=60";

    private static readonly string[] Tools = ["mkfs.ext4", "mount", "umount"];

    private readonly string _image;
    private readonly string _ballast;
    private bool _mounted;

    private LoopVolume(string folder)
    {
        _image = System.IO.Path.Combine(folder, "disk.img");
        Path = System.IO.Path.Combine(folder, "disk");
        _ballast = System.IO.Path.Combine(Path, "ballast");
    }

    /// <summary>Where it is mounted.</summary>
    public string Path { get; }

    /// <summary>Why there cannot be one here; empty: there can.</summary>
    public static string Obstacle =>
        !OperatingSystem.IsLinux() || Environment.UserName != "root" ? "mounting needs root on Linux"
        : !File.Exists("/dev/loop-control") ? "this kernel has no loop devices"
        : Tools.FirstOrDefault(tool => Executables.Tool(tool) is null) is { } missing
            ? $"{missing} is not installed (Debian: apt-get install e2fsprogs mount)"
            : "";

    /// <summary>Makes and mounts one in a folder of its own.</summary>
    /// <exception cref="InvalidOperationException">The system would not.</exception>
    public static async Task<LoopVolume> CreateAsync(long bytes, CancellationToken cancellation)
    {
        var volume = new LoopVolume(Directory.CreateTempSubdirectory("millrace-disk-").FullName);
        await using (FileStream image = File.Create(volume._image))
        {
            image.SetLength(bytes);
        }

        Directory.CreateDirectory(volume.Path);
        await RunAsync("mkfs.ext4", ["-q", "-F", volume._image], cancellation);
        await volume.MountAsync(cancellation);
        return volume;
    }

    /// <summary>From now on nothing reaches the disk; processes get EIO. They must be killed before
    /// <see cref="RestoreAsync"/>.</summary>
    public void CutPower()
    {
        using FileStream any = File.OpenRead(SwitchFile);
        uint flags = NoLogFlush;
        if (Shutdown(any.SafeFileHandle, ShutdownCall, ref flags) != 0)
        {
            throw new InvalidOperationException($"the shutdown ioctl failed: errno {Marshal.GetLastPInvokeError()}");
        }
    }

    /// <summary>What the disk holds comes back, as after a power cut.</summary>
    public async Task RestoreAsync(CancellationToken cancellation)
    {
        await UnmountAsync(cancellation);
        await MountAsync(cancellation);
    }

    /// <summary>Takes all the space that is left, until <see cref="Release"/>.</summary>
    public void Fill()
    {
        using FileStream ballast = File.Create(_ballast);
        byte[] block = new byte[1 << 20];
        for (int size = block.Length; size >= 4096;)
        {
            try
            {
                RandomAccess.Write(ballast.SafeFileHandle, block.AsSpan(0, size), ballast.Length);
            }
            catch (IOException)
            {
                size /= 2;
            }
        }
    }

    public void Release() => File.Delete(_ballast);

    public async ValueTask DisposeAsync()
    {
        if (_mounted)
        {
            using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(20));
            await UnmountAsync(limit.Token);
        }

        Directory.Delete(System.IO.Path.GetDirectoryName(_image)!, recursive: true);
    }

    private string SwitchFile => System.IO.Path.Combine(Path, "switch");

    private async Task MountAsync(CancellationToken cancellation)
    {
        await RunAsync("mount", ["-o", Options, _image, Path], cancellation);
        _mounted = true;
        await File.WriteAllBytesAsync(SwitchFile, [], cancellation);
    }

    private async Task UnmountAsync(CancellationToken cancellation)
    {
        // A process that was killed just now may still be giving its files back.
        await Wait.UntilAsync(
            $"unmounting {Path}",
            async inner => (await ChildProcess.RunAsync(Tool("umount"), [Path], "/", inner)).ExitCode == 0,
            cancellation);
        _mounted = false;
    }

    private static async Task RunAsync(string tool, string[] arguments, CancellationToken cancellation)
    {
        (int code, string output) = await ChildProcess.RunAsync(Tool(tool), arguments, "/", cancellation);
        if (code != 0)
        {
            throw new InvalidOperationException($"{tool} {string.Join(' ', arguments)}: {output}");
        }
    }

    private static string Tool(string name) => Executables.Tool(name)
        ?? throw new InvalidOperationException($"{name} is not installed.");

    [LibraryImport("libc", EntryPoint = "ioctl", SetLastError = true)]
    private static partial int Shutdown(SafeHandle file, nuint request, ref uint flags);
}
