using Google.Protobuf.WellKnownTypes;
using Millrace.Benchmarks.Running;
using Millrace.Client;
using Millrace.Protocol.Admin.V1;

namespace Millrace.Benchmarks.Spine;

/// <summary>A running cluster to measure: the real one, or the ceiling. Both have two workers.</summary>
internal sealed class SpineTarget : IDisposable
{
    public const string Topic = "bench";
    public const string Job = "bench";
    public const int Partitions = 16;
    public const int Workers = 2;

    private const int MostAsked = 30;

    private readonly List<BenchProcess> _workers = [];
    private BenchProcess _coordinator;

    private SpineTarget(string name, string folder, BenchProcess coordinator)
    {
        Name = name;
        Folder = folder;
        _coordinator = coordinator;
        Address = BenchPrograms.WaitForAddress(folder);
        for (int i = 0; i < Workers; i++)
        {
            _workers.Add(StartWorker(i));
        }

        Client = new MillraceClient(Address);
    }

    public string Name { get; }

    public string Folder { get; }

    public string Address { get; }

    public MillraceClient Client { get; }

    public TimeSpan CoordinatorCpu => _coordinator.Cpu;

    public double CoordinatorMemoryMiB => _coordinator.MemoryMiB;

    public TimeSpan WorkersCpu => _workers.Aggregate(TimeSpan.Zero, (sum, w) => sum + w.Cpu);

    public static SpineTarget Ceiling(string folder)
    {
        Directory.CreateDirectory(folder);
        return new SpineTarget(
            "ceiling",
            folder,
            BenchProcess.Start(
                "Millrace.Benchmarks", BenchPrograms.LogFile(folder, "relay"), "ceiling-relay", folder));
    }

    public static SpineTarget Real(string folder)
    {
        Directory.CreateDirectory(folder);
        return new SpineTarget("millrace", folder, BenchPrograms.StartCoordinator(folder, "127.0.0.1:0"));
    }

    public static string WorkerName(int index) => $"bench-{index + 1}";

    /// <summary>Makes topic and job and waits until every task runs.</summary>
    /// <param name="retention">How long events are kept: what is sent in that time must fit the journal.</param>
    public async Task DeployAsync(TimeSpan retention, CancellationToken cancellation)
    {
        var topic = new Topic { PartitionCount = Partitions, RetentionDuration = retention.ToDuration() };
        await Client.Admin.CreateTopicAsync(Topic, topic, cancellation);
        await Client.Admin.DeployJobAsync(Job, "count", Topic, cancellation: cancellation);
        await WaitUntilRunningAsync(cancellation);
    }

    /// <summary>Every task runs, and both workers hold some.</summary>
    public async Task WaitUntilRunningAsync(CancellationToken cancellation)
    {
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(20));
        while (await timer.WaitForNextTickAsync(cancellation))
        {
            ListAssignmentsResponse list = await Client.Admin.ListAssignmentsAsync(cancellation: cancellation);
            if (list.Assignments.Count == Partitions
                && list.Assignments.All(a => a.State == AssignmentState.Running)
                && list.Assignments.DistinctBy(a => a.Worker).Count() == Workers)
            {
                return;
            }
        }
    }

    /// <summary>Returns once everything up to the position is applied by the workers.</summary>
    public async Task WaitAppliedAsync(ulong position, CancellationToken cancellation)
    {
        for (int asked = 1; ; asked++)
        {
            try
            {
                await Client.Query.TopKAsync(Job, 1, position, cancellation);
                return;
            }
            catch (MillraceException late) when (late.Reason == "WAIT_TIMEOUT" && asked < MostAsked)
            {
                // No answer is waited for longer than 10 s, and workers may have more to catch up with.
            }
        }
    }

    public void KillWorker(int index) => _workers[index].Kill();

    public async Task RestartWorkerAsync(int index, CancellationToken cancellation)
    {
        _workers[index].Dispose();
        _workers[index] = StartWorker(index);
        try
        {
            await Client.Admin.UncordonWorkerAsync(WorkerName(index), cancellation);
        }
        catch (MillraceException fine) when (fine.Reason == "NOT_CORDONED")
        {
            // Only who fell often is in quarantine.
        }
    }

    /// <summary>Kills the coordinator as a crash would and starts it anew on the same port.</summary>
    public void RestartCoordinator()
    {
        _coordinator.Dispose();
        _coordinator = BenchPrograms.StartCoordinator(Folder, new Uri(Address).Authority);
    }

    public void Dispose()
    {
        Client.Dispose();
        _workers.ForEach(w => w.Dispose());
        _coordinator.Dispose();
    }

    private BenchProcess StartWorker(int index) => BenchPrograms.StartWorker(Folder, WorkerName(index), Address);
}
