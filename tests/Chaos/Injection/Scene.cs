using System.Diagnostics;
using Millrace.Integration.Tests.Driving;
using Millrace.Integration.Tests.Processes;
using Millrace.Protocol.Admin.V1;

namespace Millrace.Chaos.Injection;

/// <summary>The running cluster that faults act upon, and what can be seen of it.</summary>
/// <param name="places">Where each worker runs.</param>
internal sealed class Scene(
    TestCluster cluster,
    Run run,
    RoundPlan plan,
    IReadOnlyDictionary<string, WorkerPlace> places,
    CancellationToken cancellation)
{
    public TestCluster Cluster => cluster;

    public Run Run => run;

    /// <summary>How long a silent worker keeps its tasks at most.</summary>
    public TimeSpan Lease => plan.Lease;

    /// <summary>The same of a worker that is known to be paused.</summary>
    public TimeSpan PausedLease => plan.PausedLease;

    public CancellationToken Cancellation => cancellation;

    /// <summary>What the faults themselves found wrong.</summary>
    public List<string> Violations { get; } = [];

    /// <summary>Workers given up although they lived and were away for less than their lease.</summary>
    public int FalseEvictions { get; private set; }

    public void StartWorker(string name) =>
        cluster.StartWorker(name, through: places[name].Through, prefix: places[name].Prefix);

    public Task ForAsync(TimeSpan duration) => Wait.ForAsync(duration, cancellation);

    public Task UntilAsync(string what, Func<bool> condition) => Wait.UntilAsync(what, condition, cancellation);

    /// <summary>Waits until every task runs and every worker has been heard of again, so that no silence is left over
    /// for the next fault to be blamed for.</summary>
    public Task SettleAsync()
    {
        long start = Stopwatch.GetTimestamp();
        return Wait.UntilAsync(
            "every task running, every worker heard of",
            async _ => run.Load.IsCompleted
                || (await RunningAsync() && await HeardAsync(Stopwatch.GetElapsedTime(start))),
            cancellation);
    }

    /// <summary>Starts a coordinator again and waits for the next ack.</summary>
    /// <exception cref="CoordinatorEndedException">It will not start.</exception>
    public async Task RestartCoordinatorAsync()
    {
        cluster.LaunchCoordinator("");
        await AwaitCoordinatorAsync();
    }

    /// <inheritdoc cref="RestartCoordinatorAsync"/>
    public async Task AwaitCoordinatorAsync()
    {
        long acked = run.Acked;
        await Wait.UntilAsync(
            "a coordinator",
            () => cluster.IsCoordinatorUp()
                || (cluster.Coordinator.Exited.IsCompleted ? throw new CoordinatorEndedException(cluster) : false),
            cancellation);
        await UntilAsync("an ack", () => run.Acked > acked || run.Load.IsCompleted);
    }

    /// <summary>One of the workers that own tasks, so that there is something to hit; any one where nobody
    /// does.</summary>
    public async Task<string> OwnerAsync(Random random)
    {
        string[] owners =
        [
            .. (await TasksAsync()).Select(a => a.Worker).Where(w => w.Length > 0).Distinct()
                .Select(w => w["workers/".Length..]).Order(StringComparer.Ordinal),
        ];
        return owners.Length > 0 ? owners[random.Next(owners.Length)] : places.Keys.First();
    }

    /// <summary>Null when there was nothing left to recover.</summary>
    public TimeSpan? Since(long start) => run.Load.IsCompleted ? null : Stopwatch.GetElapsedTime(start);

    /// <summary>Nobody may be given up because of this.</summary>
    public async Task<TimeSpan?> WithoutEvictionAsync(Func<Task> fault)
    {
        int before = await LostAsync();
        await fault();
        await SettleAsync();
        FalseEvictions += await LostAsync() - before;
        return null;
    }

    /// <summary>Lets a fault last, and tells how long it took until each task of the victim had a new epoch and an
    /// event under it.</summary>
    public async Task<TimeSpan?> FailoverAsync(string victim, Func<Task> fault)
    {
        var epochs = (await TasksAsync()).Where(a => a.Worker == "workers/" + victim)
            .ToDictionary(a => a.Name, a => a.Epoch);
        long start = Stopwatch.GetTimestamp();
        await fault();
        await Wait.UntilAsync(
            $"the tasks of {victim} under new epochs",
            async _ => run.Load.IsCompleted
                || (await run.Reader.AssignmentsAsync()).Where(a => epochs.ContainsKey(a.Name))
                    .All(a => a.Epoch > epochs[a.Name] && a.FirstEventUs > 0),
            cancellation);
        return epochs.Count == 0 ? null : Since(start);
    }

    private Task<IReadOnlyList<Assignment>> TasksAsync() =>
        Faults.RetryAsync(run.Reader.AssignmentsAsync, cancellation);

    private async Task<bool> RunningAsync()
    {
        IReadOnlyList<Assignment> all = await run.Reader.AssignmentsAsync();
        return all.Count > 0 && all.All(a => a.State == AssignmentState.Running);
    }

    /// <summary>Every worker, and the spy beside it, said something within this time.</summary>
    private async Task<bool> HeardAsync(TimeSpan time) =>
        (await run.Reader.WorkersAsync()).All(worker =>
            worker.HeartbeatAge.ToTimeSpan() < time && (worker.ProcessAge?.ToTimeSpan() ?? TimeSpan.Zero) < time);

    private async Task<int> LostAsync() =>
        (await run.Reader.EventsAsync()).Count(e => e.Reason == "WORKER_LOST");
}
