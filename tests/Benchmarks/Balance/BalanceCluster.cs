using Millrace.Benchmarks.Running;
using Millrace.Client;
using Millrace.Protocol.Admin.V1;

namespace Millrace.Benchmarks.Balance;

/// <summary>A cluster of real processes whose workers wait for each event as if it cost them time: one run loop each,
/// so a worker does one second's work in a second, and the last one needs twice the time for the same.</summary>
internal sealed class BalanceCluster : IDisposable
{
    public const string Topic = "bench";
    public const string Job = "bench";
    public const int Partitions = 32;
    public const int Workers = 4;

    /// <summary>Of an event, on a worker of full speed.</summary>
    public const double CostMs = 1;

    private static readonly TimeSpan _settle = TimeSpan.FromSeconds(2);

    private readonly List<BenchProcess> _processes = [];

    public BalanceCluster(string folder)
    {
        Directory.CreateDirectory(folder);
        // rests are short, so that a task that is moved to and fro shows within the time of a run
        _processes.Add(BenchPrograms.StartCoordinator(folder, "127.0.0.1:0", "--Rebalance:MoveCooldown=3s"));
        string address = BenchPrograms.WaitForAddress(folder);
        for (int i = 0; i < Workers; i++)
        {
            _processes.Add(BenchPrograms.StartWorker(
                folder,
                NameOf(i),
                address,
                "--Worker:RunLoops=1",
                $"--Worker:CostPerEvent={CostMs / SpeedOf(i):0}ms"));
        }

        Client = new MillraceClient(address);
    }

    public MillraceClient Client { get; }

    public static string NameOf(int worker) => $"bench-{worker + 1}";

    /// <summary>1: full speed.</summary>
    public static double SpeedOf(int worker) => worker == Workers - 1 ? 0.5 : 1;

    /// <summary>Sets the strategy, then makes topic and job with all workers there, and waits until every task
    /// runs.</summary>
    public async Task DeployAsync(string strategy, CancellationToken cancellation)
    {
        await UntilAsync(
            async () => (await Client.Admin.ListWorkersAsync(cancellation)).Workers.Count == Workers, cancellation);
        // those that have just come take their share first, of nothing
        await Task.Delay(_settle, cancellation);
        await Client.Rebalance.UpdatePolicyAsync(
            new UpdateRebalancePolicyRequest
            {
                Policy = new RebalancePolicy { Strategy = strategy, Automatic = true },
            },
            cancellation);
        await Client.Admin.CreateTopicAsync(Topic, new Topic { PartitionCount = Partitions }, cancellation);
        await Client.Admin.DeployJobAsync(Job, "count", Topic, cancellation: cancellation);
        await UntilAsync(
            async () => (await AssignmentsAsync(cancellation)) is { Count: Partitions } all
                && all.All(a => a.State == AssignmentState.Running),
            cancellation);
    }

    public async Task<IReadOnlyList<Assignment>> AssignmentsAsync(CancellationToken cancellation) =>
        (await Client.Admin.ListAssignmentsAsync(cancellation: cancellation)).Assignments;

    /// <summary>Returns when what lay about is applied.</summary>
    public Task CatchUpAsync(CancellationToken cancellation) => UntilAsync(
        async () => (await AssignmentsAsync(cancellation)).All(a => a.LagEvents == 0), cancellation);

    public void Dispose()
    {
        Client.Dispose();
        _processes.ForEach(p => p.Dispose());
    }

    private static async Task UntilAsync(Func<Task<bool>> isSo, CancellationToken cancellation)
    {
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(50));
        while (!await isSo())
        {
            await timer.WaitForNextTickAsync(cancellation);
        }
    }
}
