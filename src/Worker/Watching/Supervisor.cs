using System.Diagnostics;
using Microsoft.Extensions.Logging;
using Millrace.Common.Hosting;
using Millrace.Common.Processes;
using Millrace.Protocol.Worker.V1;
using Millrace.Worker.Control;
using Millrace.Worker.Logs;

namespace Millrace.Worker.Watching;

/// <summary>
/// Runs a worker as a child process and starts it again when it dies. It is the child's spy, too, and knows how it
/// ended.
/// </summary>
/// <param name="arguments">Those that make the program a worker of this life.</param>
internal sealed class Supervisor(
    OwnProgram program,
    Func<ulong, IReadOnlyList<string>> arguments,
    CoordinatorAddress address,
    string worker,
    TimeProvider time,
    ILogger log)
{
    /// <summary>For the news of the last child's end to arrive.</summary>
    private static readonly TimeSpan _lastWord = TimeSpan.FromSeconds(2);

    private readonly RestartPolicy _policy = new(new Random());

    /// <summary>Runs until a child ends in good order or says that another one would fare no better.</summary>
    /// <param name="stop">Asks the child to leave.</param>
    /// <returns>The last child's exit code.</returns>
    public async Task<int> RunAsync(CancellationToken stop)
    {
        while (true)
        {
            long startedAt = time.GetTimestamp();
            ulong incarnation = WorkerIdentity.NewIncarnation(time);
            using Process child = Process.Start(program.Describe(arguments(incarnation)))
                ?? throw new InvalidOperationException("the worker did not start");
            log.ChildStarted(worker, child.Id);
            var ended = new TaskCompletionSource<int>();
            Task told = WatchAsync(child.Id, incarnation, ended.Task);
            await using (stop.Register(() => Native.Terminate(child.Id)))
            {
                await child.WaitForExitAsync(CancellationToken.None).ConfigureAwait(false);
            }

            int code = child.ExitCode;
            ended.SetResult(code);
            if (stop.IsCancellationRequested || code is ExitCodes.Ok or ExitCodes.Usage)
            {
                await Task.WhenAny(told, Task.Delay(_lastWord, time, CancellationToken.None)).ConfigureAwait(false);
                return code;
            }

            TimeSpan wait = _policy.AfterLifeOf(time.GetElapsedTime(startedAt));
            log.ChildDied(worker, code, wait.TotalSeconds);
            await Task.Delay(wait, time, stop).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            if (stop.IsCancellationRequested)
            {
                return ExitCodes.Ok;
            }
        }
    }

    /// <param name="ended">With its exit code, which is waited for: nobody else can tell it.</param>
    private Task WatchAsync(int pid, ulong incarnation, Task<int> ended)
    {
        var process = new ObservedProcess(pid);
        ProcessSight Look()
        {
            if (ended.IsCompleted)
            {
                return new(ProcessState.Gone, ended.Result);
            }

            ProcessSight seen = process.Look();
            return seen.State == ProcessState.Gone ? new(ProcessState.Running) : seen;
        }

        return Task.Run(() =>
            new WatchStream(address, worker, incarnation, Look, time).RunAsync(CancellationToken.None));
    }
}
