using Grpc.Core;
using Microsoft.Extensions.Logging;
using Millrace.Common.Model;
using Millrace.Coordinator.Logs;
using Millrace.Coordinator.Loop;
using Proto = Millrace.Protocol.Worker.V1;

namespace Millrace.Coordinator.Rpc.Sessions;

/// <summary>Runs workers' control streams: for each a read loop, a write loop behind a bounded queue, and a third loop
/// for commits, so that gathering their evidence never holds up a heartbeat.</summary>
/// <param name="stopping">Cancelled when the coordinator stops.</param>
internal sealed class ControlStreams(
    IControlLoop loop,
    OpenSessions sessions,
    CommitEvidence evidence,
    TimeProvider time,
    ILogger log,
    CancellationToken stopping)
{
    private static readonly TimeSpan HelloTimeout = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan DrainTime = TimeSpan.FromSeconds(1);

    /// <exception cref="RefusalException">The hello is refused, or the core ended the session.</exception>
    public async Task RunAsync(
        IAsyncStreamReader<Proto.SessionRequest> requests,
        IServerStreamWriter<Proto.SessionResponse> responses,
        CancellationToken cancellation)
    {
        Proto.Hello hello = await ReadHelloAsync(requests, cancellation);
        OpenSession session = sessions.Add(hello.Worker, hello.Incarnation);
        var queue = new SessionQueue(DrainTime);
        using var both = CancellationTokenSource.CreateLinkedTokenSource(cancellation, queue.GivenUp);
        using CancellationTokenRegistration stop = stopping.Register(() => queue.End(CoordinatorStopping.Refusal));
        var reader = new SessionReader(session, loop, evidence, queue);
        loop.OpenSession(session.Number, queue);
        log.SessionOpened(session.Worker, session.Incarnation, hello.Sdk, session.Number);
        try
        {
            await loop.PostAsync(WorkerMessages.ToInput(hello, session.Number), both.Token);
            await SessionWriter.RunWhileAsync(reader.RunAsync(requests, both), session.Number, queue, responses, both);
        }
        finally
        {
            loop.CloseSession(session.Number);
            sessions.Remove(session);
            log.SessionClosed(session.Worker, session.Number, reader.SaidGoodbye);
            await ReportBrokenAsync(session, reader);
        }
    }

    private async Task ReportBrokenAsync(OpenSession session, SessionReader reader)
    {
        if (reader.SaidGoodbye || stopping.IsCancellationRequested)
        {
            return;
        }

        try
        {
            await loop.PostAsync(new Core.SessionBroken(session.Worker, session.Number), stopping);
        }
        catch (OperationCanceledException)
        {
            // Stopping: nobody is left to be told.
        }
    }

    private async Task<Proto.Hello> ReadHelloAsync(
        IAsyncStreamReader<Proto.SessionRequest> requests, CancellationToken cancellation)
    {
        using var timeout = new CancellationTokenSource(HelloTimeout, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellation, timeout.Token, stopping);
        try
        {
            if (await requests.MoveNext(either.Token))
            {
                return HelloRules.Check(requests.Current) is { } refusal
                    ? throw new RefusalException(refusal)
                    : requests.Current.Hello;
            }
        }
        catch (OperationCanceledException) when (timeout.IsCancellationRequested)
        {
            throw new RefusalException(new Refusal(
                RefusalKind.DeadlineExceeded,
                "WAIT_TIMEOUT",
                $"No hello came within {HelloTimeout.TotalSeconds:0} s."));
        }
        catch (OperationCanceledException) when (stopping.IsCancellationRequested)
        {
            throw new RefusalException(CoordinatorStopping.Refusal);
        }

        throw new RefusalException(
            Refusal.BadField("message", "The control stream ended before a hello came."));
    }
}
