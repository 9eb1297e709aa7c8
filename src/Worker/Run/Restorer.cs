using System.Collections.Concurrent;
using System.Diagnostics;
using Microsoft.Extensions.Logging;
using Millrace.Common.Failpoints;
using Millrace.Common.Keys;
using Millrace.Common.Model;
using Millrace.Worker.Core;
using Millrace.Worker.Core.Operators;
using Millrace.Worker.Core.Tasks;
using Millrace.Worker.Logs;

namespace Millrace.Worker.Run;

/// <summary>Loads tasks' snapshots in the background and hands the tasks to their run loops.</summary>
internal sealed class Restorer(
    ISnapshotStore store,
    OperatorCatalog catalog,
    RunLoops loops,
    IWorkerInbox inbox,
    ILogger logger) : IAsyncDisposable
{
    /// <summary>Decoding takes a core, so more at once would not be faster.</summary>
    private const int MaxConcurrent = 4;

    private readonly ConcurrentDictionary<ulong, Running> _running = new();
    private readonly SemaphoreSlim _slots = new(MaxConcurrent);
    private readonly CancellationTokenSource _stopping = new();

    /// <summary>Called by one loop only, like <see cref="Cancel"/>.</summary>
    public void Start(TaskGrant grant)
    {
        Cancel(grant.Task);
        var cancel = CancellationTokenSource.CreateLinkedTokenSource(_stopping.Token);
        _running[grant.Task.Value] = new Running(cancel, Task.Run(() => RestoreAsync(grant, cancel.Token)));
    }

    public void Cancel(TaskId task)
    {
        if (_running.TryRemove(task.Value, out Running? running))
        {
            running.Cancel.Cancel();
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync().ConfigureAwait(false);
        await Task.WhenAll(_running.Values.Select(running => running.Work))
            .ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    private async Task RestoreAsync(TaskGrant grant, CancellationToken cancellation)
    {
        try
        {
            await _slots.WaitAsync(cancellation).ConfigureAwait(false);
            try
            {
                Failpoint.Hit("R1");
                TaskMachine machine = await LoadAsync(grant, cancellation).ConfigureAwait(false);
                cancellation.ThrowIfCancellationRequested();
                loops.Post(grant.Task, new LoadTask(machine));
            }
            finally
            {
                _slots.Release();
            }
        }
        catch (OperationCanceledException) when (cancellation.IsCancellationRequested)
        {
            // The task was taken away again.
        }
        catch (StoreUnavailableException error)
        {
            logger.RestoreDelayed(grant.Task.Value, grant.Restore.SnapshotId, error.Message);
            inbox.Post(new RestoreFailed(grant.Task, grant.Epoch));
        }
        catch (Exception error)
        {
            logger.RestoreFailed(error, grant.Task.Value, grant.Restore.SnapshotId);
            inbox.Post(new RestoreFailed(grant.Task, grant.Epoch));
        }
    }

    /// <summary>A commit whose snapshot cannot be read is not lost: the one before it and a longer replay give the same
    /// state. Until the replay has passed the commit, checkpoints are refused as too old.</summary>
    private async Task<TaskMachine> LoadAsync(TaskGrant grant, CancellationToken cancellation)
    {
        try
        {
            return await LoadNewestAsync(grant, cancellation).ConfigureAwait(false);
        }
        catch (Exception error) when (grant.Older is not null
            && error is not (OperationCanceledException or StoreUnavailableException))
        {
            logger.RestoreFallsBack(error, grant.Task.Value, grant.Restore.SnapshotId, grant.Older.SnapshotId);
            return await LoadNewestAsync(grant with { Restore = grant.Older, Older = null }, cancellation)
                .ConfigureAwait(false);
        }
    }

    private async Task<TaskMachine> LoadNewestAsync(TaskGrant grant, CancellationToken cancellation)
    {
        long start = Stopwatch.GetTimestamp();
        IOperator op = catalog.Create(grant.Operator, grant.ToContext())
            ?? throw new InvalidOperationException($"This worker has no operator {grant.Operator}.");
        if (grant.Restore.SnapshotId.Length == 0)
        {
            return await PutTogetherAsync(new TaskMachine(grant, op, null), start, cancellation).ConfigureAwait(false);
        }

        using LoadedChain chain = await LoadedChain.LoadAsync(store, grant.Restore.SnapshotId, cancellation)
            .ConfigureAwait(false);
        var machine = new TaskMachine(grant, op, chain.Content);
        logger.TaskRestored(
            grant.Task.Value, chain.Bytes, Stopwatch.GetElapsedTime(start).TotalMilliseconds, machine.NextOffset);
        return machine;
    }

    /// <summary>One after the other, so that only one of the snapshots is in memory.</summary>
    private async Task<TaskMachine> PutTogetherAsync(TaskMachine machine, long start, CancellationToken cancellation)
    {
        long length = 0;
        foreach (StateOrigin origin in machine.Grant.Origins)
        {
            using LoadedChain chain = await LoadedChain.LoadAsync(store, origin.SnapshotId, cancellation)
                .ConfigureAwait(false);
            machine.Inherit(chain.Content, origin);
            length += chain.Bytes;
        }

        if (length > 0)
        {
            logger.TaskRestored(
                machine.Grant.Task.Value,
                length,
                Stopwatch.GetElapsedTime(start).TotalMilliseconds,
                machine.NextOffset);
        }

        return machine;
    }

    private sealed record Running(CancellationTokenSource Cancel, Task Work);
}
