namespace Millrace.Integration.Tests.Processes;

/// <summary>Processes that the tests did not start themselves, as /proc shows them.</summary>
internal static class Neighbours
{
    /// <summary>The children of a process that were started with an argument.</summary>
    public static int[] ChildrenOf(int pid, string argument) =>
    [
        .. Directory.EnumerateDirectories("/proc")
            .Select(d => int.TryParse(Path.GetFileName(d), out int number) ? number : 0)
            .Where(number => number > 0 && ParentOf(number) == pid && Arguments(number).Contains(argument)),
    ];

    public static bool IsThere(int pid) => ParentOf(pid) is not null;

    /// <summary>Null: there is no such process, or it has ended and is not collected yet.</summary>
    private static int? ParentOf(int pid)
    {
        string[] fields = Read($"/proc/{pid}/stat").Split(") ")[^1].Split(' ');
        return fields.Length > 1 && fields[0] != "Z" ? int.Parse(fields[1]) : null;
    }

    private static string[] Arguments(int pid) => Read($"/proc/{pid}/cmdline").Split('\0');

    private static string Read(string path)
    {
        try
        {
            return File.ReadAllText(path);
        }
        catch (IOException)
        {
            return "";
        }
    }
}
