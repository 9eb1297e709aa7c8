using System.Diagnostics;
using Microsoft.Extensions.Logging;
using Millrace.Common.Processes;
using Millrace.Worker.Control;
using Millrace.Worker.Logs;

namespace Millrace.Worker.Watching;

/// <summary>The small process beside a worker that says what becomes of it, whatever keeps the worker itself from
/// speaking: garbage collection, a stop signal, its end.</summary>
internal static class Spy
{
    /// <summary>The spy's own life: it ends soon after the worker's.</summary>
    public static Task RunAsync(int pid, ulong incarnation, string worker, string coordinator)
    {
        Native.LeaveGroup();
        var process = new ObservedProcess(pid);
        return new WatchStream(
            new CoordinatorAddress(coordinator), worker, incarnation, process.Look, TimeProvider.System)
            .RunAsync(CancellationToken.None);
    }

    /// <summary>Keeps a spy beside this process, until cancelled. The one that runs then ends by itself.</summary>
    /// <param name="arguments">What makes the program a spy of this process.</param>
    public static async Task KeepAsync(
        OwnProgram program, IReadOnlyList<string> arguments, TimeProvider time, ILogger log, CancellationToken stop)
    {
        var policy = new RestartPolicy(new Random());
        while (!stop.IsCancellationRequested)
        {
            long startedAt = time.GetTimestamp();
            try
            {
                using Process spy = Start(program, arguments);
                await spy.WaitForExitAsync(stop).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
            catch (Exception error) when (error is System.ComponentModel.Win32Exception or InvalidOperationException)
            {
                log.NoSpy(error.Message);
            }

            await Task.Delay(policy.AfterLifeOf(time.GetElapsedTime(startedAt)), time, stop)
                .ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    /// <summary>It must outlive this process for a moment, so it does not stop with it, and shares no output that
    /// somebody may read to its end.</summary>
    private static Process Start(OwnProgram program, IReadOnlyList<string> arguments)
    {
        ProcessStartInfo start = program.Describe(arguments);
        start.RedirectStandardOutput = true;
        start.RedirectStandardError = true;
        start.Environment.Remove(ChildSide.Variable);
        start.Environment["DOTNET_TieredPGO"] = "0";
        start.Environment["DOTNET_gcConcurrent"] = "0";
        var spy = Process.Start(start) ?? throw new InvalidOperationException("the process did not start");
        spy.BeginOutputReadLine();
        spy.BeginErrorReadLine();
        return spy;
    }
}
