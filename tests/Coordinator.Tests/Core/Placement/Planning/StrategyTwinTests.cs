using Millrace.Coordinator.Core.Placement.Planning;
using Millrace.Coordinator.Core.Placement.Planning.Strategies;

namespace Millrace.Coordinator.Tests.Core.Placement.Planning;

/// <summary>Where each strategy puts what has no owner, against its rule said again with lists.</summary>
public sealed class StrategyTwinTests
{
    [Test]
    public void RoundRobin_AnyCluster_GoesRoundAsTheNaiveRuleDoes() => AnyNumbers.Check(500, 150, numbers =>
    {
        var any = new AnyPlan(numbers);
        PlanInput input = any.Make(orphans: true, any.Next(2) == 0, limits: true);
        int next = any.Next(1_000);
        Plan plan = Place(input, "round-robin", (ulong)next);
        int[] owner = [.. input.Owner];
        var expected = new List<(int Task, int To)>();
        foreach (int task in OrphansOf(input))
        {
            int home = input.Pin![task];
            int? to = home >= 0 && MayTake(input, owner, task, home) ? home : null;
            for (int tried = 0; to is null && tried < input.Workers; tried++, next++)
            {
                to = MayTake(input, owner, task, next % input.Workers) ? next % input.Workers : null;
            }

            if (to is { } worker)
            {
                owner[task] = worker;
                expected.Add((task, worker));
            }
        }

        return plan.Moves.Select(m => (m.Task, m.To)).SequenceEqual(expected);
    });

    /// <summary>By the scarcest resource alone: averages hide nothing.</summary>
    [Test]
    public void WeightedResources_AnyWorkers_WeighsAndPlacesAsTheTwinDoes() => AnyNumbers.Check(500, 200, numbers =>
    {
        var any = new AnyPlan(numbers);
        PlanInput shape = any.Make(orphans: true, newcomers: false, limits: false);
        WorkerSample[] workers =
        [
            .. shape.Capacity.Select(_ => new WorkerSample(Share(any), Share(any), Share(any), 1 + any.Next(3), 1)),
        ];
        double cpu = AverageOf(workers.Select(w => w.Cpu));
        double memory = AverageOf(workers.Select(w => w.Memory));
        double errors = AverageOf(workers.Select(w => w.ErrorRate));
        double[] expected =
        [
            .. workers.Select(w => w.Prior * Math.Max(0.25, Math.Min(1 - Or(w.Cpu, cpu), 1 - Or(w.Memory, memory))
                * (1 - Or(w.ErrorRate, errors)))),
        ];
        double[] weights = StrategyTable.Find("weighted-resources")!.Capacities(workers);
        var input = new PlanInput
        {
            Load = [.. shape.Load.Select(_ => 1.0)],
            StateBytes = shape.StateBytes,
            Owner = shape.Owner,
            Capacity = weights,
            Role = shape.Role,
        };
        return weights.Zip(expected).All(w => Math.Abs(w.First - w.Second) < 1e-9)
            && Place(input, "weighted-resources", 0).Moves.Select(m => (m.Task, m.To))
                .SequenceEqual(new NaivePlanner(input, PlanOptions.Default).Orphans());
    });

    /// <summary>Of 4,000 seeds each of the workers that may run the task is drawn alike; 7 deviations.</summary>
    [Test]
    public void Random_OverManySeeds_DrawsEachWorkerThatMayRunItAlike() => AnyNumbers.Check(20, 40, numbers =>
    {
        const int Draws = 4_000;
        var any = new AnyPlan(numbers);
        int workers = 1 + any.Next(40);
        bool[] may = [.. Enumerable.Range(0, workers).Select(w => w == 0 || any.Next(4) == 0)];
        int[] drawn = new int[workers];
        for (int seed = 0; seed < Draws; seed++)
        {
            var input = new PlanInput
            {
                Load = [1],
                StateBytes = [0],
                Owner = [PlanInput.Nobody],
                Eligible = [may],
                Capacity = [.. may.Select(_ => 1.0)],
                Role = new WorkerRole[workers],
            };
            drawn[Place(input, "random", (ulong)seed).Moves.Single().To]++;
        }

        double share = 1.0 / may.Count(m => m);
        double most = 1 + (7 * Math.Sqrt(Draws * share * (1 - share)));
        return Enumerable.Range(0, workers).All(w =>
            may[w] ? Math.Abs(drawn[w] - (Draws * share)) <= most : drawn[w] == 0);
    });

    private static Plan Place(PlanInput input, string strategy, ulong seed) => Planner.Make(
        input,
        PlanOptions.Default with { Seed = seed, MaxMoves = 0, MaxBytes = 0 },
        StrategyTable.Find(strategy)!);

    private static IEnumerable<int> OrphansOf(PlanInput input) => Enumerable.Range(0, input.Tasks)
        .Where(t => input.Owner[t] < 0 || input.Role[input.Owner[t]] > WorkerRole.Closed)
        .OrderByDescending(t => input.Load[t]).ThenBy(t => t);

    private static bool MayTake(PlanInput input, int[] owner, int task, int worker) =>
        input.Role[worker] <= WorkerRole.Newcomer
        && (input.MaxTasks![worker] == 0 || owner.Count(o => o == worker) < input.MaxTasks[worker])
        && input.Eligible[input.Class![task]]?[worker] != false;

    /// <summary>Sometimes not known.</summary>
    private static double Share(AnyPlan any) => any.Next(5) == 0 ? double.NaN : any.Next(101) / 100.0;

    private static double AverageOf(IEnumerable<double> values)
    {
        double[] known = [.. values.Where(double.IsFinite)];
        return known.Length == 0 ? 0 : known.Average();
    }

    private static double Or(double value, double average) => double.IsNaN(value) ? average : value;
}
