using Millrace.Coordinator.Core;
using Millrace.Coordinator.Core.Placement;
using Millrace.Coordinator.Core.Placement.Balancing;
using static Millrace.Coordinator.Tests.Core.TestCluster;

namespace Millrace.Coordinator.Tests.Core.Placement.Balancing;

/// <summary>The automatic rebalancer on any cluster, over minutes in which load changes and workers come and
/// go.</summary>
public sealed class RebalancerPropertyTests
{
    private const int Steps = 12;
    private const int StepSeconds = 15;

    [Test]
    public void Life_UnderAnyLoad_KeepsBudgetsAndCooldowns() => AnyNumbers.Check(25, 80, numbers =>
    {
        BusyCluster busy = Live(numbers, out _);
        ControlRecord[] records = [.. Records<ControlRecord>(busy.Cluster.Effects)];
        int most = Math.Max(8, busy.Cluster.State.Assignments.Count / 100);
        return records.OfType<PlanCreated>().All(p =>
                p.Plan.Moves.Count <= Math.Max(most, busy.Cluster.Policy.FollowUpMoves)
                && p.Plan.Moves.Select(m => m.Task).Distinct().Count() == p.Plan.Moves.Count)
            && records.OfType<TaskAssigned>().GroupBy(a => a.Task).All(RestsAfterEachMove);
    });

    /// <summary>What changes once is answered by a few moves, and then nothing moves any more.</summary>
    [Test]
    public void Load_ThatStaysAsItIs_ComesToRest() => AnyNumbers.Check(100, 80, IsAtRestInTheEnd);

    /// <summary>These once went round for ever: what a task costs was taken for more on a slow worker than on a fast
    /// one, where too little was done to tell its speed, or where the speed was of when others had other tasks.
    /// </summary>
    [TestCase(2103533201, 466608141, 912294134, 105651799, 2035696262)]
    [TestCase(
        747398876, 837269041, 174329837, 811622816, 117791070, 1138397816, 680391524, 1173856928, 988187810)]
    [TestCase(776267009, 209694142, 1249852718, 1314248318, 810127360)]
    public void Load_SmallOnWorkersOfManySpeeds_ComesToRest(params int[] numbers) =>
        Assert.That(IsAtRestInTheEnd(numbers));

    private static bool IsAtRestInTheEnd(int[] numbers)
    {
        BusyCluster busy = Live(numbers, out string[] workers);
        busy.Run(240, workers);
        return !Records<TaskAssigned>(busy.Run(60, workers)).Any();
    }

    private static bool RestsAfterEachMove(IEnumerable<TaskAssigned> history)
    {
        long rest = (long)CoordinatorPolicy.Default.MoveCooldown.TotalMilliseconds;
        TaskAssigned[] moves = [.. history];
        return moves.Zip(moves.Skip(1)).All(m =>
            m.Second.Reason is not (AssignReason.Rebalance or AssignReason.Isolate)
            || !MoveReasons.IsPlanned(m.First.Reason)
            || m.Second.UnixMs - m.First.UnixMs >= rest);
    }

    private static BusyCluster Live(int[] numbers, out string[] workers)
    {
        int at = 0;
        int Next(int below) => at < numbers.Length ? numbers[at++] % below : 0;
        workers = [.. Enumerable.Range(1, 2 + Next(3)).Select(i => $"w{i}")];
        BusyCluster busy = BusyCluster.With(2 + Next(20), workers);
        foreach (string worker in workers)
        {
            busy.Costs[worker] = 50 << Next(3);
        }

        ulong life = 1;
        for (int step = 0; step < Steps; step++)
        {
            switch (Next(4))
            {
                case 0:
                    busy.Rates[1 + (ulong)Next(busy.Cluster.State.Assignments.Count)] = 10 << Next(9);
                    break;
                case 1:
                    busy.Costs[workers[Next(workers.Length)]] = 50 << Next(3);
                    break;
                case 2 when workers.Length > 1:
                    string worker = workers[Next(workers.Length)];
                    busy.Cluster.Do(new WorkerGoodbye(worker, busy.Cluster.SessionOf(worker), "bye"));
                    busy.Cluster.Hello(worker, ++life);
                    break;
            }

            busy.Run(StepSeconds, workers);
        }

        return busy;
    }
}
