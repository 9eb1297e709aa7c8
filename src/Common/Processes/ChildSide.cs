namespace Millrace.Common.Processes;

/// <summary>
/// What a daemon does that another Millrace process has started: it leaves the terminal's Ctrl-C to its parent, which
/// stops its children in order, and it stops when the parent is gone, however the parent ended.
/// </summary>
public static class ChildSide
{
    public const string Variable = "MILLRACE_CHILD";

    /// <summary>Does nothing in a process that was not started as a child.</summary>
    public static void Join()
    {
        if (Environment.GetEnvironmentVariable(Variable) != "1" || OperatingSystem.IsWindows())
        {
            return;
        }

        Native.LeaveGroup();
        var watch = new Thread(WatchParent) { IsBackground = true, Name = "parent" };
        watch.Start();
    }

    /// <summary>
    /// The parent holds the other end of standard input and never writes: the end of it is the parent's.
    /// </summary>
    private static void WatchParent()
    {
        using Stream input = Console.OpenStandardInput();
        while (input.ReadByte() >= 0)
        {
            continue;
        }

        Native.Terminate(Environment.ProcessId);
    }
}
