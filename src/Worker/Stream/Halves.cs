namespace Millrace.Worker.Stream;

/// <summary>The loops of one stream: when one of them ends, for whatever reason, the stream is over.</summary>
internal static class Halves
{
    /// <summary>Starts all loops before it returns for the first time; throws what the first one to end
    /// threw.</summary>
    public static async Task RunAsync(
        IReadOnlyList<Func<CancellationToken, Task>> loops, CancellationToken cancellation)
    {
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        Task[] running = [.. loops.Select(loop => loop(ending.Token))];
        Task first = await Task.WhenAny(running).ConfigureAwait(false);
        await ending.CancelAsync().ConfigureAwait(false);
        await Task.WhenAll(running).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await first.ConfigureAwait(false);
    }
}
