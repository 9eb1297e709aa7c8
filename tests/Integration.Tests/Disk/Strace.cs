using Millrace.Integration.Tests.Processes;

namespace Millrace.Integration.Tests.Disk;

/// <summary>Makes chosen system calls of a running process fail or wait, until it is disposed of.</summary>
internal sealed class Strace : IAsyncDisposable
{
    private readonly ChildProcess _strace;
    private readonly string _trace;

    private Strace(ChildProcess strace, string trace)
    {
        _strace = strace;
        _trace = trace;
    }

    /// <summary>The calls that were tampered with, as strace wrote them.</summary>
    public IReadOnlyList<string> Injected =>
        [.. File.ReadLines(_trace).Where(line => line.Contains("(INJECTED)", StringComparison.Ordinal)
            || line.Contains("(DELAYED)", StringComparison.Ordinal))];

    /// <param name="tool">Full path of strace.</param>
    /// <param name="injection">As strace takes it, for example "fdatasync:error=EIO".</param>
    public static async Task<Strace> AttachAsync(
        string tool, TestCluster cluster, int pid, string injection, CancellationToken cancellation)
    {
        string calls = injection.Split(':')[0];
        string trace = Path.Combine(cluster.Directory, "strace.out");
        ChildProcess strace = cluster.Track(ChildProcess.Start(
            "strace",
            tool,
            ["-f", "-y", "-p", $"{pid}", "-o", trace, "-e", $"trace={calls}", "-e", $"inject={injection}"],
            cluster.Directory));
        await Wait.UntilAsync(
            $"strace attaching to {pid}",
            () => strace.Output.Contains("attached", StringComparison.Ordinal)
                || (strace.Exited.IsCompleted
                    ? throw new InvalidOperationException($"strace ended: {strace.Output}")
                    : false),
            cancellation);
        return new Strace(strace, trace);
    }

    /// <summary>Lets go of the process, which runs on undisturbed.</summary>
    public async ValueTask DisposeAsync()
    {
        _strace.Signal(Signals.Interrupt);
        await _strace.Exited;
    }
}
