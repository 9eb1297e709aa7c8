using System.Collections.Concurrent;
using System.Diagnostics;

namespace Millrace.Integration.Tests.Processes;

/// <summary>A process that the tests started, with what it wrote. Disposing of it kills it.</summary>
internal sealed class ChildProcess : IAsyncDisposable
{
    private const int MaxLines = 3000;
    private const int KilledExitCode = 128 + Signals.Kill;

    private static readonly ConcurrentDictionary<int, Process> Running = new();

    private readonly Process _process;
    private readonly ConcurrentQueue<string> _lines = new();
    private readonly Task _reading;

    // The last resort when the test host itself is told to go.
    static ChildProcess() => AppDomain.CurrentDomain.ProcessExit += (_, _) =>
    {
        foreach (Process process in Running.Values)
        {
            process.Kill();
        }
    };

    private ChildProcess(string name, Process process)
    {
        Name = name;
        _process = process;
        Pid = process.Id;
        Running[Pid] = process;
        _reading = Task.WhenAll(ReadAsync(process.StandardOutput), ReadAsync(process.StandardError));
        Exited = WatchAsync();
    }

    public string Name { get; }

    public int Pid { get; }

    /// <summary>Completes with the exit code, after everything it wrote has been read.</summary>
    public Task<int> Exited { get; }

    /// <summary>Died of SIGKILL: by a failpoint or by <see cref="KillAsync"/>.</summary>
    public bool WasKilled => Exited.IsCompletedSuccessfully && Exited.Result == KilledExitCode;

    /// <summary>What it wrote to both outputs, the newest lines last.</summary>
    public string Output => string.Join('\n', _lines);

    /// <param name="name">For messages.</param>
    /// <param name="file">Full path.</param>
    /// <param name="environment">Added to the environment of the tests, from which MILLRACE variables are taken
    /// out.</param>
    public static ChildProcess Start(
        string name,
        string file,
        IEnumerable<string> arguments,
        string directory,
        IReadOnlyDictionary<string, string>? environment = null)
    {
        var start = new ProcessStartInfo(file, arguments)
        {
            WorkingDirectory = directory,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            RedirectStandardInput = true,
        };
        foreach (string key in start.Environment.Keys.Where(k => k.StartsWith("MILLRACE", StringComparison.Ordinal)))
        {
            start.Environment.Remove(key);
        }

        // Short lives are not worth profiling: this takes a seventh off the processor time of a start.
        start.Environment["DOTNET_TieredPGO"] = "0";
        // Nobody attaches to them, and those that are killed would leave their pipes in the temporary directory.
        start.Environment["DOTNET_EnableDiagnostics"] = "0";
        foreach ((string key, string value) in environment ?? new Dictionary<string, string>())
        {
            start.Environment[key] = value;
        }

        Process process = Process.Start(start) ?? throw new InvalidOperationException($"{file} did not start.");
        process.StandardInput.Close();
        return new ChildProcess(name, process);
    }

    /// <summary>Runs a command to its end.</summary>
    public static async Task<(int ExitCode, string Output)> RunAsync(
        string file, IEnumerable<string> arguments, string directory, CancellationToken cancellation)
    {
        await using ChildProcess child = Start(Path.GetFileName(file), file, arguments, directory);
        int code = await child.Exited.WaitAsync(cancellation);
        return (code, child.Output);
    }

    public void Signal(int signal) => Signals.Send(Pid, signal);

    public async Task KillAsync()
    {
        Signal(Signals.Kill);
        await Exited;
    }

    public async ValueTask DisposeAsync()
    {
        if (!Exited.IsCompleted)
        {
            await KillAsync();
        }

        _process.Dispose();
    }

    private async Task<int> WatchAsync()
    {
        await _process.WaitForExitAsync();
        Running.TryRemove(Pid, out _);
        await _reading;
        return _process.ExitCode;
    }

    private async Task ReadAsync(StreamReader reader)
    {
        while (await reader.ReadLineAsync() is { } line)
        {
            _lines.Enqueue(line);
            while (_lines.Count > MaxLines)
            {
                _lines.TryDequeue(out _);
            }
        }
    }
}
