using Millrace.Coordinator.Core.Placement.Planning;
using Millrace.Coordinator.Core.Placement.Planning.Strategies;

namespace Millrace.Coordinator.Tests.Core.Placement.Planning;

public sealed class StrategyTests
{
    private const int Tests = 500;

    private static WorkerSample Sample(AnyPlan any) => new(
        Share(any), Share(any), Share(any), 1 + any.Next(4), 0.5 + any.Next(100) / 50.0);

    /// <summary>Also nonsense.</summary>
    private static double Share(AnyPlan any) =>
        any.Next(8) switch { 0 => double.NaN, 1 => double.NegativeInfinity, 2 => 7, _ => any.Next(101) / 100.0 };

    private static double[] Weights(params WorkerSample[] workers) =>
        StrategyTable.Find("weighted-resources")!.Capacities(workers);

    /// <summary>One worker gets more of something than before; the others stay.</summary>
    private static void Falls(Func<WorkerSample, double, WorkerSample> with) => AnyNumbers.Check(Tests, 60, numbers =>
    {
        var any = new AnyPlan(numbers);
        WorkerSample worker = Sample(any);
        WorkerSample other = Sample(any);
        double less = any.Next(101) / 100.0;
        double more = less + any.Next(101) / 100.0;
        return Weights(with(worker, more), other)[0] <= Weights(with(worker, less), other)[0] + 1e-12;
    });

    [Test]
    public void ResourceWeight_MoreProcessorUse_NeverRisesIt() => Falls((w, v) => w with { Cpu = v });

    [Test]
    public void ResourceWeight_MoreMemoryUse_NeverRisesIt() => Falls((w, v) => w with { Memory = v });

    [Test]
    public void ResourceWeight_MoreErrors_NeverRisesIt() => Falls((w, v) => w with { ErrorRate = v });

    [Test]
    public void ResourceWeight_LargerWorker_CountsMore() => AnyNumbers.Check(Tests, 20, numbers =>
    {
        var any = new AnyPlan(numbers);
        WorkerSample worker = Sample(any);
        double[] weights = Weights(worker, worker with { Prior = worker.Prior * 2 });
        return weights[1] > weights[0];
    });

    [Test]
    public void ResourceWeight_OneResourceUsedUp_IsNotHiddenByTheOthers()
    {
        double[] weights = Weights(new WorkerSample(0.1, 0.99, 0, 1, 1), new WorkerSample(0.6, 0.6, 0, 1, 1));
        Assert.That(weights[0], Is.LessThan(weights[1]));
    }

    [Test]
    public void ResourceWeight_NothingKnownOfOne_CountsAsAverage() => AnyNumbers.Check(Tests, 60, numbers =>
    {
        var any = new AnyPlan(numbers);
        double cpu = any.Next(101) / 100.0;
        double memory = any.Next(101) / 100.0;
        var known = new WorkerSample(cpu, memory, 0, 1, 1);
        double[] weights = Weights(known, known, WorkerSample.Unknown with { Prior = 1 });
        return Math.Abs(weights[2] - weights[0]) < 1e-12;
    });

    [Test]
    public void LoadCapacity_FasterWorker_CountsMoreWithinLimits() => AnyNumbers.Check(Tests, 20, numbers =>
    {
        var any = new AnyPlan(numbers);
        WorkerSample slow = Sample(any) with { Speed = any.Next(1_000) / 100.0 };
        WorkerSample fast = slow with { Speed = slow.Speed + any.Next(1_000) / 100.0 };
        double[] capacity = StrategyTable.Default.Capacities([slow, fast]);
        return capacity[0] <= capacity[1] && capacity.All(c => c >= slow.Prior / 4 && c <= slow.Prior * 4);
    });

    [Test]
    public void TaskLoad_MoreCost_IsMoreLoadAndUnknownIsTheAverage()
    {
        double[] load = StrategyTable.Default.Loads([new(1), new(3), new(double.NaN), new(-1)]);
        Assert.That(load, Is.EqualTo(new[] { 501.0, 1_501, 1_001, 1_001 }).Within(1e-9));
    }

    [Test]
    public void RoundRobin_AnyNumberOfTasks_DealsThemOutEvenly() => AnyNumbers.Check(Tests, 8, numbers =>
    {
        var any = new AnyPlan(numbers);
        int workers = 1 + any.Next(7);
        int[] counts = Counts("round-robin", any.Next(50), workers, (ulong)any.Next(100));
        return counts.Max() - counts.Min() <= 1;
    });

    /// <summary>4,000 tasks on 8 workers: 500 each, and 6 deviations are 125.</summary>
    [TestCase(1UL)]
    [TestCase(2UL)]
    [TestCase(77UL)]
    public void Random_AnySeed_IsFair(ulong seed) =>
        Assert.That(Counts("random", 4_000, 8, seed), Is.All.InRange(375, 625));

    [Test]
    public void Random_OtherSeed_ChoosesOtherwise() =>
        Assert.That(Counts("random", 400, 8, 1), Is.Not.EqualTo(Counts("random", 400, 8, 2)));

    [Test]
    public void Find_UnknownName_ListsTheKnown()
    {
        Assert.That(StrategyTable.Find("best"), Is.Null);
        Assert.That(
            StrategyTable.Unknown("best").Message,
            Does.Contain("round-robin, random, weighted-resources, weighted-load"));
    }

    private static int[] Counts(string strategy, int tasks, int workers, ulong seed)
    {
        var input = new PlanInput
        {
            Load = [.. Enumerable.Repeat(1.0, tasks)],
            StateBytes = new long[tasks],
            Owner = [.. Enumerable.Repeat(PlanInput.Nobody, tasks)],
            Capacity = [.. Enumerable.Repeat(1.0, workers)],
            Role = new WorkerRole[workers],
        };
        Plan plan = Planner.Make(input, PlanOptions.Default with { Seed = seed }, StrategyTable.Find(strategy)!);
        int[] counts = new int[workers];
        foreach (PlannedMove move in plan.Moves)
        {
            counts[move.To]++;
        }

        return counts;
    }
}
