using Millrace.Coordinator.Core;
using Millrace.Coordinator.Core.Health;
using Millrace.Coordinator.Core.Placement;

namespace Millrace.Coordinator.Tests.Core.Placement;

public sealed class PlacementPropertyTests
{
    /// <summary>Nobody is in quarantine, however often he comes and goes.</summary>
    private static readonly CoordinatorPolicy _trusting = CoordinatorPolicy.Default with
    {
        WarmMoves = false,
        Lease = TimeSpan.FromSeconds(5),
        Detection = new DetectionPolicy { FlapFalls = int.MaxValue },
    };

    private const int Tasks = 24;

    /// <summary>The placement rule said again, without tables: a list of workers, a list of owners.</summary>
    private sealed class NaivePlacement
    {
        private readonly SortedDictionary<string, (int Max, double? Cpu)> _alive = new(StringComparer.Ordinal);

        public string[] OwnerOf { get; } = [.. Enumerable.Repeat("", Tasks)];

        public void Join(string name, int max)
        {
            Leave(name);
            _alive[name] = (max, null);
            Place();
        }

        public void Weigh(string name, double cpu)
        {
            if (_alive.TryGetValue(name, out (int Max, double? Cpu) worker))
            {
                _alive[name] = (worker.Max, cpu);
            }
        }

        /// <summary>Who has not said how busy it is counts as the average of those that have.</summary>
        private double WeightOf(double? cpu) =>
            Math.Max(WorkerWeight.Least, 1 - (cpu ?? _alive.Values.Average(w => w.Cpu) ?? 0));

        public void Leave(string name)
        {
            _alive.Remove(name);
        }

        public void Place()
        {
            bool[] orphan = [.. OwnerOf.Select(o => !_alive.ContainsKey(o))];
            for (int task = 0; task < Tasks; task++)
            {
                if (orphan[task])
                {
                    OwnerOf[task] = _alive.Where(w => w.Value.Max == 0 || Held(w.Key, orphan, task) < w.Value.Max)
                        .OrderBy(w => (Held(w.Key, orphan, task) + 1) / WeightOf(w.Value.Cpu))
                        .ThenBy(w => w.Key, StringComparer.Ordinal)
                        .Select(w => w.Key).FirstOrDefault("");
                }
            }
        }

        private int Held(string name, bool[] orphan, int upTo) =>
            OwnerOf.Where((o, i) => o == name && (!orphan[i] || i < upTo)).Count();
    }

    [Test]
    public void Placement_AnyComingAndGoing_PlacesAsTheNaiveRuleDoes() => AnyNumbers.Check(200, 60, numbers =>
    {
        TestCluster cluster = TestCluster.Started(_trusting);
        cluster.Deploy(Tasks);
        var naive = new NaivePlacement();
        ulong life = 1;
        foreach (int number in numbers)
        {
            string worker = $"w{number % 6}";
            switch (number / 6 % 4)
            {
                case 0:
                    // A former life's tasks are orphans at once, and the new life is there to take them.
                    string[] former = [.. naive.OwnerOf.Select(o => o == worker ? "?" : o)];
                    former.CopyTo(naive.OwnerOf, 0);
                    cluster.Hello(worker, ++life, max: number / 24 % 3 * 5);
                    naive.Join(worker, number / 24 % 3 * 5);
                    break;
                case 1 when cluster.SessionOf(worker) > 0 && cluster.Worker(worker).Load is null:
                    double cpu = number / 24 % 100 / 100.0;
                    cluster.Beat(worker, cpu);
                    naive.Weigh(worker, cpu);
                    break;
                case 2:
                    cluster.Do(new WorkerGoodbye(worker, cluster.SessionOf(worker), "x"));
                    naive.Leave(worker);
                    naive.Place();
                    break;
            }

            if (!cluster.State.Assignments.All.Select(t => t.Worker).SequenceEqual(naive.OwnerOf))
            {
                return false;
            }
        }

        return true;
    });

    [Test]
    public void Joining_AnyNumberOfWorkers_EvensCountsOutAndComesToRest() => AnyNumbers.Check(20, 20, numbers =>
    {
        TestCluster cluster = TestCluster.Started(_trusting);
        cluster.Deploy(Tasks);
        var names = new List<string>();
        foreach (int number in numbers.Take(8))
        {
            names.Add($"w{names.Count}");
            cluster.Hello(names[^1]);
            cluster.Run(number % 20 / 10.0, [.. names]);
        }

        cluster.Run(10, [.. names]);
        int[] counts = [.. cluster.View.Workers.Select(w => w.AssignmentCount)];
        bool even = counts.Length == 0 || counts.Max() - counts.Min() <= 1;
        return even && !cluster.Run(5, [.. names]).OfType<AppendRecord>().Any();
    });

    [Test]
    public void Failover_OfAnyWorker_MovesOrphansOnly() => AnyNumbers.Check(50, 60, numbers =>
    {
        TestCluster cluster = TestCluster.Started(_trusting);
        int workers = 2 + numbers.Length % 5;
        string[] names = [.. Enumerable.Range(0, workers).Select(i => $"w{i}")];
        Array.ForEach(names, n => cluster.Hello(n));
        cluster.Deploy(Tasks);
        foreach (string gone in names[1..])
        {
            string[] before = [.. cluster.State.Assignments.All.Select(t => t.Worker)];
            cluster.Do(new WorkerGoodbye(gone, 1, "x"));
            string[] after = [.. cluster.State.Assignments.All.Select(t => t.Worker)];
            if (before.Zip(after).Any(o => o.First != gone && o.First != o.Second) || after.Contains(gone))
            {
                return false;
            }
        }

        return true;
    });
}
