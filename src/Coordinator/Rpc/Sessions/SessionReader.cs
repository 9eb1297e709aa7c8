using System.Threading.Channels;
using Grpc.Core;
using Millrace.Common.Model;
using Millrace.Coordinator.Core;
using Millrace.Coordinator.Loop;
using Proto = Millrace.Protocol.Worker.V1;

namespace Millrace.Coordinator.Rpc.Sessions;

/// <summary>The read loop of a control stream: hands on what the worker says. It never writes to the stream
/// itself.</summary>
internal sealed class SessionReader(
    OpenSession session, IControlLoop loop, CommitEvidence evidence, SessionQueue queue)
{
    private const int MaxQueuedCommits = 4_096;

    private readonly Channel<Proto.Commit> _commits = Channel.CreateBounded<Proto.Commit>(
        new BoundedChannelOptions(MaxQueuedCommits) { SingleReader = true, SingleWriter = true });

    /// <summary>The worker left on purpose.</summary>
    public bool SaidGoodbye { get; private set; }

    /// <summary>Reads until the worker ends the stream; then completes the queue.</summary>
    /// <param name="both">Cancelled when the stream is over, from either side.</param>
    public async Task RunAsync(IAsyncStreamReader<Proto.SessionRequest> requests, CancellationTokenSource both)
    {
        Task committing = CommitAsync(both.Token);
        try
        {
            while (await requests.MoveNext(both.Token))
            {
                await TakeAsync(requests.Current, both.Token);
            }

            queue.Complete();
        }
        catch (Exception error)
        {
            queue.Complete(error);
            throw;
        }
        finally
        {
            _commits.Writer.TryComplete();
            await committing.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private async ValueTask TakeAsync(Proto.SessionRequest request, CancellationToken cancellation)
    {
        string worker = session.Worker;
        switch (request.MessageCase)
        {
            case Proto.SessionRequest.MessageOneofCase.Heartbeat:
                await loop.PostAsync(
                    WorkerMessages.ToInput(request.Heartbeat, worker, session.Number), cancellation);
                break;
            case Proto.SessionRequest.MessageOneofCase.Progress:
                await loop.PostAsync(WorkerMessages.ToInput(request.Progress, worker, session.Number), cancellation);
                break;
            case Proto.SessionRequest.MessageOneofCase.Poison:
                await loop.PostAsync(WorkerMessages.ToInput(request.Poison, worker, session.Number), cancellation);
                break;
            case Proto.SessionRequest.MessageOneofCase.Trial:
                await loop.PostAsync(WorkerMessages.ToInput(request.Trial, worker, session.Number), cancellation);
                break;
            case Proto.SessionRequest.MessageOneofCase.Commit:
                await _commits.Writer.WriteAsync(request.Commit, cancellation);
                break;
            case Proto.SessionRequest.MessageOneofCase.Goodbye:
                SaidGoodbye = true;
                await loop.PostAsync(
                    new WorkerGoodbye(worker, session.Number, request.Goodbye.Reason), cancellation);
                break;
            case Proto.SessionRequest.MessageOneofCase.RevokeDone:
                // The epoch has ended already; nothing waits for the former owner.
                break;
            default:
                throw new RefusalException(Refusal.BadField(
                    "message", "Only a heartbeat, progress, commit, revoke_done or goodbye may follow a hello."));
        }
    }

    private async Task CommitAsync(CancellationToken cancellation)
    {
        try
        {
            await foreach (Proto.Commit commit in _commits.Reader.ReadAllAsync(cancellation))
            {
                if (WorkerMessages.OutputsOf(commit, loop.Routing) is not { } outputs)
                {
                    queue.TrySend(new CommitAnswer(
                        commit.CommitId, new TaskId(commit.TaskId), new Epoch(commit.Epoch), false, "NO_SUCH_TOPIC"));
                    continue;
                }

                CommitRequested input = evidence.Gather(commit, session.Worker, session.Number, outputs, queue);
                await loop.PostAsync(input, cancellation);
            }
        }
        catch (Exception error)
        {
            // A worker must not wait for answers that cannot come.
            queue.Complete(error);
            throw;
        }
    }
}
