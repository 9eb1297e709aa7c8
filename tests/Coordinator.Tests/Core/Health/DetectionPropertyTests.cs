using Millrace.Coordinator.Core;
using Millrace.Coordinator.Core.Health;
using Millrace.Coordinator.Core.Placement;
using static Millrace.Coordinator.Tests.Core.TestCluster;

namespace Millrace.Coordinator.Tests.Core.Health;

/// <summary>The two promises of detection: who lives is not given up, and who is dead is, in bounded time.</summary>
public sealed class DetectionPropertyTests
{
    private const int Workers = 6;
    private const int Ticks = 600;
    private static readonly TimeSpan _tick = TimeSpan.FromMilliseconds(50);

    private enum Fate
    {
        Lives,
        Paused,
        Killed,
        Vanished,
    }

    /// <summary>A worker with its spy, as they really are, and how late what they say arrives.</summary>
    private sealed class Pair(string name, Random random)
    {
        private readonly Queue<(TimeSpan At, Input Said)> _underway = new();
        private TimeSpan _arrived;

        public string Name => name;

        public Fate Fate { get; set; }

        public TimeSpan Since { get; set; }

        public TimeSpan Until { get; set; }

        public void Step(TestCluster cluster)
        {
            TimeSpan now = cluster.Uptime;
            if (Fate == Fate.Paused && now >= Until)
            {
                Fate = Fate.Lives;
            }

            if (now.Ticks / _tick.Ticks % 5 == 0)
            {
                Speak(cluster, now);
            }

            while (_underway.TryPeek(out (TimeSpan At, Input Said) next) && next.At <= now)
            {
                cluster.Do(_underway.Dequeue().Said);
            }
        }

        private void Speak(TestCluster cluster, TimeSpan now)
        {
            if (Fate == Fate.Lives)
            {
                var load = new WorkerLoad(0, 0, 100, TimeSpan.Zero, TimeSpan.Zero, TimeSpan.Zero);
                Send(now, new WorkerHeartbeat(name, cluster.SessionOf(name), 1, load));
            }

            if (Fate != Fate.Vanished)
            {
                ProcessState state = Fate switch
                {
                    Fate.Lives => ProcessState.Running,
                    Fate.Paused => ProcessState.Stopped,
                    _ => ProcessState.Gone,
                };
                Send(now, new ProcessSeen(new TaskOwner(name, 1), 1, state, null));
            }
        }

        /// <summary>In order, as on one connection.</summary>
        private void Send(TimeSpan now, Input said)
        {
            TimeSpan at = now + TimeSpan.FromMilliseconds(random.Next(0, 500));
            _arrived = at > _arrived ? at : _arrived;
            _underway.Enqueue((_arrived, said));
        }
    }

    [Test]
    public void AnyFates_WithJitterOfHalfASecond_TheLivingStayAndTheDeadGo() => AnyNumbers.Check(60, 12, numbers =>
    {
        TestCluster cluster = Started();
        var random = new Random(numbers.Aggregate(17, HashCode.Combine));
        Pair[] pairs = [.. Enumerable.Range(0, Workers).Select(i => new Pair($"w{i}", random))];
        Array.ForEach(pairs, p => cluster.Hello(p.Name));
        cluster.Deploy(12);
        var fates = new Queue<int>(numbers);
        for (int tick = 0; tick < Ticks; tick++)
        {
            cluster.Pass(_tick);
            if (tick % 40 == 20 && fates.TryDequeue(out int drawn))
            {
                Meet(pairs[drawn % Workers], 1 + (drawn / Workers % 3), drawn, cluster.Uptime);
            }

            Array.ForEach(pairs, p => p.Step(cluster));
            cluster.Do(new Tick());
            if (pairs.FirstOrDefault(p => !IsRight(p, cluster)) is { } wrong)
            {
                WorkerState state = cluster.Worker(wrong.Name).State;
                throw new AssertionException($"{wrong.Name} is {wrong.Fate} since {wrong.Since} and taken for {state}");
            }
        }

        return true;
    });

    private static void Meet(Pair pair, int fate, int drawn, TimeSpan now)
    {
        if (pair.Fate == Fate.Lives)
        {
            pair.Fate = (Fate)fate;
            pair.Since = now;
            pair.Until = now + TimeSpan.FromMilliseconds(drawn % 10_000);
        }
    }

    private static bool IsRight(Pair pair, TestCluster cluster)
    {
        CoordinatorPolicy policy = cluster.Policy;
        bool lost = cluster.Worker(pair.Name).State == WorkerState.Lost;
        TimeSpan bound = pair.Fate == Fate.Killed
            ? TimeSpan.FromSeconds(1)
            : (policy.Lease * (1 + policy.Detection.DoubtLeases)) + TimeSpan.FromSeconds(1);
        return pair.Fate is Fate.Lives or Fate.Paused ? !lost : lost || cluster.Uptime - pair.Since < bound;
    }
}
