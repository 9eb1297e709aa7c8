using Grpc.Core;
using Millrace.Common.Failpoints;
using Millrace.Coordinator.Core;
using Proto = Millrace.Protocol.Worker.V1;

namespace Millrace.Coordinator.Rpc.Sessions;

/// <summary>The write loop of a control stream.</summary>
internal static class SessionWriter
{
    /// <summary>Writes what is queued until the queue is completed; whichever of reading and writing ends takes the
    /// other one with it.</summary>
    /// <param name="reading">Completes the queue when it ends.</param>
    public static async Task RunWhileAsync(
        Task reading,
        ulong session,
        SessionQueue queue,
        IServerStreamWriter<Proto.SessionResponse> responses,
        CancellationTokenSource both)
    {
        try
        {
            await WriteAsync(session, queue, responses, both.Token);
        }
        finally
        {
            await both.CancelAsync();
            // What it ended with has gone through the queue.
            await reading.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private static async Task WriteAsync(
        ulong session,
        SessionQueue queue,
        IServerStreamWriter<Proto.SessionResponse> responses,
        CancellationToken cancellation)
    {
        await foreach (Outgoing outgoing in queue.Reader.ReadAllAsync(cancellation))
        {
            if (outgoing.Message is Assign)
            {
                Failpoint.Hit("A3");
            }

            Proto.SessionResponse response = outgoing.Message is { } message
                ? WorkerMessages.ToResponse(message, session)
                : new() { HeartbeatAck = new() { Sequence = outgoing.HeartbeatSequence } };
            await responses.WriteAsync(response, cancellation);
        }
    }
}
