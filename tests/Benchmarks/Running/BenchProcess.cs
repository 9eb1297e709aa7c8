using System.Diagnostics;

namespace Millrace.Benchmarks.Running;

/// <summary>A real process under measurement. Killed, never asked, when disposed.</summary>
internal sealed class BenchProcess : IDisposable
{
    private readonly Process _process;
    private readonly StreamWriter _log;

    private BenchProcess(Process process, StreamWriter log)
    {
        _process = process;
        _log = log;
    }

    /// <summary>Processor time used so far, user and system.</summary>
    public TimeSpan Cpu
    {
        get
        {
            _process.Refresh();
            return _process.HasExited ? TimeSpan.Zero : _process.TotalProcessorTime;
        }
    }

    /// <summary>Resident memory, in MiB.</summary>
    public double MemoryMiB
    {
        get
        {
            _process.Refresh();
            return _process.HasExited ? 0 : _process.WorkingSet64 / 1024.0 / 1024.0;
        }
    }

    public bool HasExited => _process.HasExited;

    /// <summary>Starts a program (an assembly name such as "Millrace.Worker") with the given arguments: the one in the
    /// folder that MILLRACE_PROGRAMS names, else this build's.</summary>
    public static BenchProcess Start(string program, string log, params string[] arguments)
    {
        string[] command = CommandOf(program);
        var start = new ProcessStartInfo(command[0], [.. command[1..], .. arguments])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        var output = new StreamWriter(new FileStream(log, FileMode.Append, FileAccess.Write, FileShare.ReadWrite))
        {
            AutoFlush = true,
        };
        var process = new Process { StartInfo = start };
        process.OutputDataReceived += (_, line) => Write(output, line.Data);
        process.ErrorDataReceived += (_, line) => Write(output, line.Data);
        process.Start();
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        return new BenchProcess(process, output);
    }

    /// <summary>Ends the process as a crash would.</summary>
    public void Kill()
    {
        if (!_process.HasExited)
        {
            _process.Kill();
            _process.WaitForExit();
        }
    }

    public void Dispose()
    {
        Kill();
        _process.Dispose();
        _log.Dispose();
    }

    /// <summary>What was published may lack this benchmark's own programs, such as the ceiling's.</summary>
    private static string[] CommandOf(string program)
    {
        string? folder = Environment.GetEnvironmentVariable("MILLRACE_PROGRAMS");
        return folder is not null && File.Exists(Path.Combine(folder, program))
            ? [Path.Combine(folder, program)]
            : ["dotnet", Path.Combine(AppContext.BaseDirectory, program + ".dll")];
    }

    private static void Write(StreamWriter output, string? line)
    {
        if (line is not null)
        {
            lock (output)
            {
                output.WriteLine(line);
            }
        }
    }
}
