using System.Globalization;

namespace Millrace.Common.Hosting;

/// <summary>Finds out which process listens on a TCP port of this machine (Linux, as far as permissions
/// allow).</summary>
public static class PortOwner
{
    private const string Listening = "0A";

    /// <summary>For people: "process 4711 (millrace)"; null when it cannot be found out.</summary>
    public static string? Find(int port)
    {
        try
        {
            string? inode = InodeOf(port, "/proc/net/tcp") ?? InodeOf(port, "/proc/net/tcp6");
            return inode is null ? null : ProcessOf($"socket:[{inode}]");
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    private static string? InodeOf(int port, string table)
    {
        string ending = ":" + port.ToString("X4", CultureInfo.InvariantCulture);
        foreach (string line in File.Exists(table) ? File.ReadLines(table).Skip(1) : [])
        {
            string[] columns = line.Split(' ', StringSplitOptions.RemoveEmptyEntries);
            if (columns.Length > 9 && columns[3] == Listening && columns[1].EndsWith(ending, StringComparison.Ordinal))
            {
                return columns[9];
            }
        }

        return null;
    }

    private static string? ProcessOf(string socket)
    {
        foreach (string directory in Directory.EnumerateDirectories("/proc"))
        {
            string pid = Path.GetFileName(directory);
            if (pid.All(char.IsAsciiDigit) && Holds(directory, socket))
            {
                return $"process {pid} ({File.ReadAllText(Path.Combine(directory, "comm")).Trim()})";
            }
        }

        return null;
    }

    private static bool Holds(string processDirectory, string socket)
    {
        try
        {
            return Directory.EnumerateFileSystemEntries(Path.Combine(processDirectory, "fd"))
                .Any(handle => new FileInfo(handle).LinkTarget == socket);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }
}
