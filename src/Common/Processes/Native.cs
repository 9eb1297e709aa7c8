using System.Runtime.InteropServices;

namespace Millrace.Common.Processes;

/// <summary>What .NET has no call for.</summary>
public static partial class Native
{
    private const int Sigterm = 15;

    /// <summary>Asks a process to end in good order. False: there is no such process.</summary>
    public static bool Terminate(int pid) => Kill(pid, Sigterm) == 0;

    /// <summary>Leaves the process group, so that Ctrl-C in the terminal reaches only the one who started us.</summary>
    public static void LeaveGroup() => _ = SetProcessGroup(0, 0);

    [LibraryImport("libc", EntryPoint = "kill", SetLastError = true)]
    private static partial int Kill(int pid, int signal);

    [LibraryImport("libc", EntryPoint = "setpgid", SetLastError = true)]
    private static partial int SetProcessGroup(int pid, int group);
}
