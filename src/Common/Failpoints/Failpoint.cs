using System.Diagnostics;
#if MILLRACE_TEST_BUILD
using System.Runtime.InteropServices;
#endif

namespace Millrace.Common.Failpoints;

/// <summary>
/// Named steps at which a test build can be made to die, wait or throw: MILLRACE_FAILPOINT=I4:kill, I4:kill@3 (at the
/// third hit), I4:sleep=500 (milliseconds), I4:throw; several are separated by commas. Other builds contain no call.
/// </summary>
public static partial class Failpoint
{
#if MILLRACE_TEST_BUILD
    private const int Kill = 9;

    private static FailpointSetting[] _settings =
        FailpointSetting.ParseAll(Environment.GetEnvironmentVariable("MILLRACE_FAILPOINT") ?? "");

    /// <summary>Replaces what the environment says; empty: none.</summary>
    public static void Arm(string settings) => _settings = FailpointSetting.ParseAll(settings);

    [Conditional("MILLRACE_TEST_BUILD")]
    public static void Hit(string name)
    {
        foreach (FailpointSetting setting in _settings)
        {
            if (setting.Name == name && setting.IsDue())
            {
                Act(setting);
            }
        }
    }

    private static void Act(FailpointSetting setting)
    {
        switch (setting.Action)
        {
            case FailpointAction.Kill:
                // No handler, no flush, no finally: what a power cut leaves to the process.
                _ = SendSignal(Environment.ProcessId, Kill);
                Thread.Sleep(Timeout.Infinite);
                break;
            case FailpointAction.Sleep:
                Thread.Sleep(setting.Delay);
                break;
            default:
                throw new FailpointException(setting.Name);
        }
    }

    [LibraryImport("libc", EntryPoint = "kill", SetLastError = true)]
    private static partial int SendSignal(int pid, int signal);
#else
    [Conditional("MILLRACE_TEST_BUILD")]
    public static void Hit(string name)
    {
    }
#endif
}
