using Grpc.Core;

namespace Millrace.Integration.Tests.Driving;

/// <summary>Tells a broken connection from a refusal.</summary>
internal static class Faults
{
    /// <summary>Stable reasons that mean "later": everything else that carries a reason is meant.</summary>
    private static readonly string[] Later =
        ["COORDINATOR_STARTING", "JOURNAL_FULL", "WAIT_TIMEOUT", "NO_READY_WORKERS", "OPERATION_CONFLICT"];

    public static string Reason(RpcException error) => error.Trailers.GetValue("millrace-reason") ?? "";

    public static bool IsTransient(RpcException error)
    {
        string reason = Reason(error);
        return reason.Length == 0
            ? error.StatusCode is StatusCode.Unavailable or StatusCode.Internal or StatusCode.Unknown
                or StatusCode.Cancelled or StatusCode.DeadlineExceeded
            : Later.Contains(reason);
    }

    /// <summary>Repeats a call through broken connections.</summary>
    public static async Task<T> RetryAsync<T>(Func<Task<T>> call, CancellationToken cancellation)
    {
        using var pace = new PeriodicTimer(TimeSpan.FromMilliseconds(30));
        while (true)
        {
            try
            {
                return await call();
            }
            catch (RpcException error) when (IsTransient(error) && !cancellation.IsCancellationRequested)
            {
                await pace.WaitForNextTickAsync(cancellation);
            }
        }
    }
}
