using Microsoft.Extensions.Logging;
using Millrace.Common.Files;
using Millrace.Coordinator.Logs;

namespace Millrace.Coordinator.Scrub;

/// <summary>Looks over what is on the disk on a thread of its own, which the disk and the processor serve
/// last.</summary>
internal sealed class Scrubber : IAsyncDisposable
{
    /// <summary>After something that no pass foresaw.</summary>
    private static readonly TimeSpan _retry = TimeSpan.FromSeconds(10);

    private readonly ScrubWalk _walk;
    private readonly ILogger _log;
    private readonly ManualResetEvent _stop = new(false);
    private readonly Thread _thread;

    public Scrubber(ScrubWalk walk, ILogger log)
    {
        _walk = walk;
        _log = log;
        _thread = new Thread(Run) { Name = "scrub", IsBackground = true };
        _thread.Start();
    }

    public async ValueTask DisposeAsync()
    {
        _stop.Set();
        await Task.Run(_thread.Join);
        _walk.Dispose();
        _stop.Dispose();
    }

    private void Run()
    {
        IdlePriority.Take();
        while (!_stop.WaitOne(Step()))
        {
        }
    }

    private TimeSpan Step()
    {
        try
        {
            return _walk.Step();
        }
        catch (Exception error)
        {
            _log.ScrubFailed(error);
            _walk.Abandon();
            return _retry;
        }
    }
}
