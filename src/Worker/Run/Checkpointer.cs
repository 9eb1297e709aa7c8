using System.Diagnostics;
using System.Threading.Channels;
using Microsoft.Extensions.Logging;
using Millrace.Common.Failpoints;
using Millrace.Common.Model;
using Millrace.Worker.Core;
using Millrace.Worker.Core.State;
using Millrace.Worker.Core.Tasks;
using Millrace.Worker.Logs;

namespace Millrace.Worker.Run;

/// <summary>Encodes and stores captured states in the background, a few at a time, while their tasks go on.</summary>
internal sealed class Checkpointer(ISnapshotStore store, IWorkerInbox inbox, ILogger logger) : ICheckpointQueue
{
    /// <summary>One encodes while the other's bytes travel; more would only compete with the events.</summary>
    private const int Concurrency = 2;

    private const int MaxQueued = 4_096;
    private static readonly TimeSpan _timeout = TimeSpan.FromSeconds(30);

    private readonly Channel<TaskCapture> _captures = Channel.CreateBounded<TaskCapture>(MaxQueued);

    public bool TryAdd(TaskCapture capture) => _captures.Writer.TryWrite(capture);

    public Task RunAsync(CancellationToken cancellation) =>
        Task.WhenAll(Enumerable.Range(0, Concurrency).Select(_ => Task.Run(() => StoreAllAsync(cancellation))));

    private async Task StoreAllAsync(CancellationToken cancellation)
    {
        await foreach (TaskCapture capture in _captures.Reader.ReadAllAsync(cancellation).ConfigureAwait(false))
        {
            await StoreAsync(capture, cancellation).ConfigureAwait(false);
        }
    }

    private async Task StoreAsync(TaskCapture capture, CancellationToken cancellation)
    {
        try
        {
            long start = Stopwatch.GetTimestamp();
            using SnapshotBytes content = SnapshotChain.Encode(capture, out SnapshotName name);
            long encoded = Stopwatch.GetTimestamp();
            Failpoint.Hit("W3");
            using var timeout = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
            timeout.CancelAfter(_timeout);
            await store.PutAsync(name, capture.Base, capture.Header.NextOffset, content, timeout.Token)
                .ConfigureAwait(false);
            Failpoint.Hit("W4");
            logger.SnapshotStored(
                name.ToString(),
                content.Length,
                Stopwatch.GetElapsedTime(start, encoded).TotalMilliseconds,
                Stopwatch.GetElapsedTime(encoded).TotalMilliseconds);
            inbox.Post(new SnapshotStored(capture.StoredAs(name)));
        }
        catch (Exception error) when (!cancellation.IsCancellationRequested)
        {
            // That there is no coordinator has been said once already, and not for every task again.
            LogLevel level = error is StoreUnavailableException ? LogLevel.Debug : LogLevel.Warning;
            logger.SnapshotNotStored(level, capture.Task.Value, capture.Header.Position, error.Message);
            inbox.Post(new CheckpointFailed(capture.Task, capture.Epoch));
        }
    }
}
