using System.Diagnostics;
using Millrace.Protocol.Worker.V1;

namespace Millrace.Worker.Watching;

/// <summary>A process as its neighbours see it. Its number alone is not trusted: another one may get it
/// later.</summary>
internal sealed class ObservedProcess
{
    /// <summary>Of /proc/PID/stat, counted from the state, which follows the name in brackets.</summary>
    private const int StartTimeField = 19;

    private readonly int _pid;
    private readonly string? _startTime;

    public ObservedProcess(int pid)
    {
        _pid = pid;
        _startTime = Read()?.StartTime;
    }

    public ProcessSight Look()
    {
        if (!OperatingSystem.IsLinux())
        {
            return IsThere() ? new(ProcessState.Running) : ProcessSight.Gone;
        }

        return Read() is { } now && now.StartTime == _startTime
            ? now.State switch
            {
                'Z' or 'X' or 'x' => ProcessSight.Gone,
                'T' or 't' => new(ProcessState.Stopped),
                _ => new(ProcessState.Running),
            }
            : ProcessSight.Gone;
    }

    /// <summary>Null: there is no such process.</summary>
    private (char State, string StartTime)? Read()
    {
        try
        {
            string text = File.ReadAllText($"/proc/{_pid}/stat");
            string[] fields = text[(text.LastIndexOf(')') + 2)..].Split(' ');
            return (fields[0][0], fields[StartTimeField]);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    private bool IsThere()
    {
        try
        {
            using var process = Process.GetProcessById(_pid);
            return !process.HasExited;
        }
        catch (ArgumentException)
        {
            return false;
        }
    }
}
