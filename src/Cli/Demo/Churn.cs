using Google.Protobuf.WellKnownTypes;
using Millrace.Cli.Dev;
using Millrace.Cli.Output;
using Millrace.Cli.Running;
using Millrace.Client;
using Millrace.Protocol.Admin.V1;

namespace Millrace.Cli.Demo;

/// <summary>
/// What operators do to a running cluster, one thing after the other while events flow, and the longest time that a
/// result was held up by it.
/// </summary>
internal sealed class Churn(Session session, DevCluster cluster, MillraceClient client, string topic, string job)
{
    private static readonly TimeSpan _patience = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan _poll = TimeSpan.FromMilliseconds(50);

    private string _newcomer = "";
    private uint[] _halves = [];

    /// <summary>In the order in which they are done.</summary>
    public IReadOnlyList<(string What, Func<CancellationToken, Task> Do)> Steps =>
    [
        ("a worker joins", JoinAsync),
        ("an assignment is moved by hand", MoveAsync),
        ("a partition is split", SplitAsync),
        ("tasks are placed by another strategy", ChangeStrategyAsync),
        ("a worker is drained", DrainAsync),
        ("two partitions are merged", MergeAsync),
    ];

    /// <summary>Does one step and waits until it is done.</summary>
    public async Task DoAsync(string what, Func<CancellationToken, Task> step, CancellationToken cancellation)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        limit.CancelAfter(_patience);
        long start = session.Time.GetTimestamp();
        await step(limit.Token).ConfigureAwait(false);
        session.Say($"{what}: done after {session.Time.GetElapsedTime(start).TotalMilliseconds:0} ms");
    }

    private async Task JoinAsync(CancellationToken cancellation)
    {
        _newcomer = cluster.StartWorker();
        await UntilAsync(
            async () => (await client.Admin.ListAssignmentsAsync(job, "", cancellation).ConfigureAwait(false))
                .Assignments.Any(t => t.Worker == "workers/" + _newcomer && t.State == AssignmentState.Running),
            cancellation).ConfigureAwait(false);
    }

    private async Task MoveAsync(CancellationToken cancellation)
    {
        await AllAliveAsync(cancellation).ConfigureAwait(false);
        Operation? started = null;
        await UntilAsync(
            () => UnlessBusyAsync(async () => started = await StartMoveAsync(cancellation).ConfigureAwait(false)),
            cancellation).ConfigureAwait(false);
        await EndOfAsync(started!, cancellation).ConfigureAwait(false);
    }

    private async Task<Operation> StartMoveAsync(CancellationToken cancellation)
    {
        ListAssignmentsResponse tasks =
            await client.Admin.ListAssignmentsAsync(job, "", cancellation).ConfigureAwait(false);
        Assignment moved = tasks.Assignments.First(t => t.Worker != "workers/" + _newcomer);
        MoveAssignmentResponse started = await client.Admin.MoveAssignmentAsync(
            new MoveAssignmentRequest { Name = moved.Name, ToWorker = _newcomer, Note = "demo" }, cancellation)
            .ConfigureAwait(false);
        return started.Operation;
    }

    private async Task SplitAsync(CancellationToken cancellation)
    {
        await client.Admin.SplitPartitionAsync(topic, 0, cancellation: cancellation).ConfigureAwait(false);
        await SettledAsync(cancellation).ConfigureAwait(false);
        ListPartitionsResponse all =
            await client.Admin.ListPartitionsAsync(topic, cancellation).ConfigureAwait(false);
        _halves = [.. all.Partitions[0].ChildIndices];
    }

    private async Task MergeAsync(CancellationToken cancellation)
    {
        await UntilAsync(
            () => UnlessBusyAsync(() => client.Admin.MergePartitionsAsync(
                topic, (int)_halves[0], (int)_halves[1], cancellation: cancellation)),
            cancellation).ConfigureAwait(false);
        await SettledAsync(cancellation).ConfigureAwait(false);
    }

    /// <summary>False: the cluster is changing it by itself, or its tasks have no commit of their own yet; later it can
    /// be done.</summary>
    private static async Task<bool> UnlessBusyAsync(Func<Task> change)
    {
        try
        {
            await change().ConfigureAwait(false);
            return true;
        }
        catch (MillraceException early) when (early.Refusal.Reason == "OPERATION_CONFLICT")
        {
            return false;
        }
    }

    /// <summary>The job goes on in the partitions that took over.</summary>
    private Task SettledAsync(CancellationToken cancellation) => UntilAsync(
        async () => (await client.Admin.ListPartitionsAsync(topic, cancellation).ConfigureAwait(false))
            .Partitions.All(p => p.State != PartitionState.Sealing),
        cancellation);

    private Task ChangeStrategyAsync(CancellationToken cancellation) => client.Rebalance.UpdatePolicyAsync(
        new UpdateRebalancePolicyRequest
        {
            Policy = new RebalancePolicy { Strategy = "weighted-resources" },
            UpdateMask = new FieldMask { Paths = { "strategy" } },
        },
        cancellation);

    private async Task DrainAsync(CancellationToken cancellation)
    {
        await AllAliveAsync(cancellation).ConfigureAwait(false);
        string worker = cluster.Workers[0];
        DrainWorkerResponse started = await client.Admin.DrainWorkerAsync(
            new DrainWorkerRequest { Name = worker, Note = "demo" }, cancellation).ConfigureAwait(false);
        await EndOfAsync(started.Operation, cancellation).ConfigureAwait(false);
        await client.Admin.UncordonWorkerAsync(worker, cancellation).ConfigureAwait(false);
    }

    /// <summary>A worker that was killed needs a moment to come back.</summary>
    private Task AllAliveAsync(CancellationToken cancellation) => UntilAsync(
        async () =>
        {
            ListWorkersResponse all = await client.Admin.ListWorkersAsync(cancellation).ConfigureAwait(false);
            return cluster.Workers.All(name =>
                all.Workers.Any(w => w.Name == "workers/" + name && w.State == WorkerState.Alive));
        },
        cancellation);

    private async Task EndOfAsync(Operation operation, CancellationToken cancellation)
    {
        while (!operation.Done)
        {
            WaitOperationResponse now = await client.Admin
                .WaitOperationAsync(operation.Name, TimeSpan.FromSeconds(5), cancellation).ConfigureAwait(false);
            operation = now.Operation;
        }

        if (operation.Error is { } error)
        {
            throw new FailureException(new Failure(
                $"{operation.Name} on {operation.Metadata.Target} failed",
                error.Message,
                "`millrace events tail`",
                error.Reason,
                ExitCode.Failed));
        }
    }

    private async Task UntilAsync(Func<Task<bool>> condition, CancellationToken cancellation)
    {
        using var timer = new PeriodicTimer(_poll, session.Time);
        while (!await condition().ConfigureAwait(false))
        {
            await timer.WaitForNextTickAsync(cancellation).ConfigureAwait(false);
        }
    }
}
