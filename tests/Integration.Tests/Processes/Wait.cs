using Grpc.Core;
using Millrace.Integration.Tests.Driving;

namespace Millrace.Integration.Tests.Processes;

/// <summary>Bounded waiting for what another process does.</summary>
internal static class Wait
{
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(25);

    /// <summary>Asks again and again until the answer is yes; the wait ends with the token, naming what did not
    /// happen.</summary>
    public static async Task UntilAsync(
        string what, Func<CancellationToken, Task<bool>> condition, CancellationToken cancellation)
    {
        using var timer = new PeriodicTimer(Interval);
        try
        {
            while (!await AskAsync(condition, cancellation))
            {
                await timer.WaitForNextTickAsync(cancellation);
            }
        }
        catch (OperationCanceledException error) when (cancellation.IsCancellationRequested)
        {
            throw new TimeoutException($"did not happen in time: {what}", error);
        }
    }

    /// <inheritdoc cref="UntilAsync(string, Func{CancellationToken, Task{bool}}, CancellationToken)"/>
    public static Task UntilAsync(string what, Func<bool> condition, CancellationToken cancellation) =>
        UntilAsync(what, _ => Task.FromResult(condition()), cancellation);

    /// <summary>Nobody there to ask means: not yet.</summary>
    private static async Task<bool> AskAsync(
        Func<CancellationToken, Task<bool>> condition, CancellationToken cancellation)
    {
        try
        {
            return await condition(cancellation);
        }
        catch (RpcException error) when (Faults.IsTransient(error))
        {
            cancellation.ThrowIfCancellationRequested();
            return false;
        }
    }

    /// <summary>Lets real time pass, where time itself is the fault (a lease that runs out).</summary>
    public static async Task ForAsync(TimeSpan duration, CancellationToken cancellation)
    {
        using var timer = new PeriodicTimer(duration);
        await timer.WaitForNextTickAsync(cancellation);
    }
}
