using Grpc.Core;
using Millrace.Common.Model;
using Millrace.Coordinator.Core;
using Millrace.Coordinator.Core.Health;
using Millrace.Coordinator.Core.Placement;
using Millrace.Coordinator.Loop;
using Proto = Millrace.Protocol.Worker.V1;

namespace Millrace.Coordinator.Rpc.Sessions;

/// <summary>The streams of spies and supervisors: hands on what they see, and that a stream ended.</summary>
/// <param name="stopping">Cancelled when the coordinator stops.</param>
internal sealed class WatchStreams(IControlLoop loop, CancellationToken stopping)
{
    private const uint MostExitCode = 255;

    private static readonly Proto.WatchResponse Taken = new();

    private long _lastWatch;

    /// <exception cref="RefusalException">BAD_NAME, BAD_FIELD or COORDINATOR_STOPPING.</exception>
    public async Task RunAsync(
        IAsyncStreamReader<Proto.WatchRequest> requests,
        IServerStreamWriter<Proto.WatchResponse> responses,
        CancellationToken cancellation)
    {
        using var both = CancellationTokenSource.CreateLinkedTokenSource(cancellation, stopping);
        ulong watch = (ulong)Interlocked.Increment(ref _lastWatch);
        TaskOwner? watched = null;
        try
        {
            while (await requests.MoveNext(both.Token))
            {
                ProcessSeen seen = Read(requests.Current, watch, watched);
                watched = seen.Of;
                await loop.PostAsync(seen, both.Token);
                await responses.WriteAsync(Taken, both.Token);
            }
        }
        catch (OperationCanceledException) when (stopping.IsCancellationRequested)
        {
            throw new RefusalException(CoordinatorStopping.Refusal);
        }
        finally
        {
            if (watched is { } of && !stopping.IsCancellationRequested)
            {
                await loop.PostAsync(new WatchEnded(of, watch), stopping);
            }
        }
    }

    private static ProcessSeen Read(Proto.WatchRequest request, ulong watch, TaskOwner? before)
    {
        if (Names.Check(request.Worker, "worker") is { } badName)
        {
            throw new RefusalException(badName);
        }

        var of = new TaskOwner(request.Worker, request.Incarnation);
        if (request.Incarnation == 0 || (before is { } same && same != of))
        {
            throw new RefusalException(Refusal.BadField(
                "incarnation", "A watch names one life of one worker, the same in all its messages, and never 0."));
        }

        if (request.State == Proto.ProcessState.Unspecified || !Enum.IsDefined(request.State))
        {
            throw new RefusalException(Refusal.BadField("state", "A watch says what state the process is in."));
        }

        return new ProcessSeen(
            of,
            watch,
            (ProcessState)request.State,
            request.HasExitCode ? (int)Math.Min(request.ExitCode, MostExitCode) : null);
    }
}
