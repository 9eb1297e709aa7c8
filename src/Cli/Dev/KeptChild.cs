using System.Diagnostics;
using Millrace.Common.Processes;

namespace Millrace.Cli.Dev;

/// <summary>A child process that is started again, under the same name, whenever it dies.</summary>
internal sealed class KeptChild
{
    private readonly Func<IReadOnlyList<string>> _arguments;
    private readonly ChildOutput _output;
    private readonly IDevNotes _notes;
    private readonly TimeProvider _time;
    private readonly RestartPolicy _policy = new(new Random());
    private readonly CancellationTokenSource _stopping = new();
    private readonly Lock _gate = new();
    private Process? _process;
    private Task _run = Task.CompletedTask;

    /// <param name="arguments">Asked at each start: a port may have become known since.</param>
    public KeptChild(
        string name, Func<IReadOnlyList<string>> arguments, string outputPath, IDevNotes notes, TimeProvider time)
    {
        Name = name;
        _arguments = arguments;
        _output = new ChildOutput(outputPath);
        _notes = notes;
        _time = time;
    }

    public string Name { get; }

    /// <summary>0: not running now.</summary>
    public int Pid { get; private set; }

    public int Restarts { get; private set; }

    /// <summary>How the last life ended; null: none has ended yet.</summary>
    public int? LastExitCode { get; private set; }

    /// <summary>The newest lines that it printed itself.</summary>
    public string[] TakeOutput() => _output.Take();

    public void Start() => _run = Task.Run(RunAsync);

    /// <summary>Ends the process with SIGKILL. False: it was not running.</summary>
    public bool Kill()
    {
        lock (_gate)
        {
            if (_process is not { HasExited: false } process)
            {
                return false;
            }

            process.Kill();
            return true;
        }
    }

    /// <summary>Asks it to end and does not start it again; kills it when that takes too long.</summary>
    /// <returns>Whether it ended in good order, if it was running.</returns>
    public async Task<bool> StopAsync(TimeSpan patience)
    {
        await _stopping.CancelAsync().ConfigureAwait(false);
        bool running;
        lock (_gate)
        {
            running = _process is { HasExited: false };
            if (running)
            {
                Native.Terminate(_process!.Id);
            }
        }

        bool inTime = await Task.WhenAny(_run, Task.Delay(patience, _time)).ConfigureAwait(false) == _run;
        if (!inTime)
        {
            Kill();
            await _run.ConfigureAwait(false);
        }

        return !running || (inTime && LastExitCode == 0);
    }

    private async Task RunAsync()
    {
        while (!_stopping.IsCancellationRequested)
        {
            long startedAt = _time.GetTimestamp();
            using Process process = Launch();
            if (_stopping.IsCancellationRequested)
            {
                Native.Terminate(process.Id);
            }

            await process.WaitForExitAsync().ConfigureAwait(false);
            Ended(process);
            if (_stopping.IsCancellationRequested || !_notes.StartsAgain)
            {
                return;
            }

            TimeSpan wait = _policy.AfterLifeOf(_time.GetElapsedTime(startedAt));
            _notes.ChildDied(this, wait);
            await Task.Delay(wait, _time, _stopping.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            Restarts++;
        }
    }

    private Process Launch()
    {
        ProcessStartInfo start = Daemons.Program.Describe(_arguments());
        start.RedirectStandardOutput = true;
        start.RedirectStandardError = true;
        var process = new Process { StartInfo = start };
        process.OutputDataReceived += (_, line) => _output.Add(line.Data);
        process.ErrorDataReceived += (_, line) => _output.Add(line.Data);
        lock (_gate)
        {
            process.Start();
            _process = process;
            Pid = process.Id;
        }

        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        _notes.ChildStarted(this);
        return process;
    }

    private void Ended(Process process)
    {
        lock (_gate)
        {
            LastExitCode = process.ExitCode;
            _process = null;
            Pid = 0;
        }
    }
}
