using Millrace.Common.Model;
using Millrace.Coordinator.Core;
using Millrace.Coordinator.Core.Operations;
using Millrace.Coordinator.Core.Topics;
using static Millrace.Coordinator.Tests.Core.TestCluster;

namespace Millrace.Coordinator.Tests.Core.Recovery;

public sealed class ReplayPropertyTests
{
    [Test]
    public void Replay_OfAnyLife_GivesTheLiveState() =>
        AnyNumbers.Check(tests: 150, longest: 400, numbers =>
        {
            RandomLife life = Live(numbers);
            return Picture(life.Cluster.Replayed()) == Picture(life.Cluster.State);
        });

    [Test]
    public void Replay_OnTopOfASnapshotAtAnyPoint_GivesTheLiveState() =>
        AnyNumbers.Check(tests: 150, longest: 400, numbers =>
        {
            var life = new RandomLife();
            life.Cluster.Seal();
            CoordinatorState copy = Copy(life.Cluster.State);
            int frames = life.Cluster.Frames.Count;
            foreach (int number in numbers.Append(0))
            {
                life.Step(number);
                if (number % 8 != 0)
                {
                    continue;
                }

                life.Cluster.Seal();
                life.Cluster.Frames[frames..].ForEach(copy.Apply);
                frames = life.Cluster.Frames.Count;
                if (Picture(copy) != Picture(life.Cluster.State))
                {
                    return false;
                }

                copy = Copy(copy);
            }

            return true;
        });

    [Test]
    public void Life_OfAnyKind_KeepsTheInvariants() =>
        AnyNumbers.Check(tests: 150, longest: 400, numbers =>
        {
            RandomLife life = Live(numbers);
            FrameFacts[] frames = [.. life.Cluster.Frames];
            ControlRecord[] records = [.. frames.SelectMany(f => f.Records)];
            return EveryPartitionHasItsTask(life.Cluster.State)
                && EpochsAreGivenOnce(records)
                && Rises(records.OfType<ProducerOpened>().Select(r => r.Epoch))
                && Rises(records.OfType<CoordinatorStarted>().Select(r => r.Incarnation))
                && records.OfType<TaskCommitted>().GroupBy(r => r.Task).All(CommitsNeverFall)
                && frames.SelectMany(f => f.Ranges).GroupBy(r => (r.Producer, r.Topic)).All(HasNoHoles);
        });

    [Test]
    public void Lives_ManyTogether_MeetEveryKindOfRecord()
    {
        var met = new HashSet<Type>();
        for (uint seed = 1; seed <= 200; seed++)
        {
            uint dice = seed;
            int[] numbers = [.. Enumerable.Range(0, 400).Select(_ => (int)((dice = dice * 1664525 + 1013904223) >> 1))];
            met.UnionWith(Live(numbers).Cluster.Frames.SelectMany(f => f.Records).Select(r => r.GetType()));
        }

        Type[] all = [.. typeof(ControlRecord).Assembly.GetTypes()
            .Where(t => t.IsSubclassOf(typeof(ControlRecord)) && !t.IsAbstract)];
        Assert.That(met, Is.EquivalentTo(all), "otherwise the properties above would show less than they say");
    }

    /// <summary>Of each job: itself, or one that it takes over from, so that each key group is in exactly one task's
    /// care.</summary>
    private static bool EveryPartitionHasItsTask(CoordinatorState state) => state.Jobs.All.All(job =>
    {
        bool IsHeld(PartitionId p) => state.Assignments.Find(job.Id, p) is not null;
        bool IsAwaited(Partition p) => p.Parents.Any(q => IsHeld(q) || IsAwaited(state.Topics.Get(q)));
        return state.Topics.Get(job.Topic).Open.All(p => IsHeld(p.Id) != IsAwaited(p))
            && job.Tasks.Count == state.Assignments.All.Count(t => t.Job == job.Id);
    });

    private static bool CommitsNeverFall(IEnumerable<TaskCommitted> commits) =>
        commits.Zip(commits.Skip(1)).All(c =>
            c.First.Epoch <= c.Second.Epoch
            && c.First.Point.Position <= c.Second.Point.Position
            && c.First.Point.NextOffset <= c.Second.Point.NextOffset);

    /// <summary>Epochs rise over all tasks; only a copy that takes over has the one that was set aside for
    /// it.</summary>
    private static bool EpochsAreGivenOnce(ControlRecord[] records)
    {
        ulong highest = 0;
        var copies = new Dictionary<(TaskId, Epoch), string>();
        var epochs = new Dictionary<TaskId, Epoch>();
        foreach (ControlRecord record in records)
        {
            if (record is TaskWarming warming)
            {
                bool wasStandby = copies.GetValueOrDefault((warming.Task, warming.Epoch)) == warming.Worker;
                if (!wasStandby && warming.Epoch.Value <= highest)
                {
                    return false;
                }

                highest = Math.Max(highest, warming.Epoch.Value);
                copies[(warming.Task, warming.Epoch)] = warming.Worker;
            }
            else if (record is WarmingEnded ended)
            {
                copies.Remove((ended.Task, ended.Epoch));
            }
            else if (record is TaskAssigned assigned)
            {
                bool takesOver = copies.Remove((assigned.Task, assigned.Epoch), out string? worker)
                    && worker == assigned.Worker
                    && assigned.Epoch > epochs.GetValueOrDefault(assigned.Task);
                if (!takesOver && assigned.Epoch.Value <= highest)
                {
                    return false;
                }

                epochs[assigned.Task] = assigned.Epoch;
                highest = Math.Max(highest, assigned.Epoch.Value);
            }
        }

        return true;
    }

    private static bool HasNoHoles(IEnumerable<ProducerRange> ranges)
    {
        ulong next = 1;
        foreach (ProducerRange range in ranges)
        {
            if (range.FirstSequence != next)
            {
                return false;
            }

            next = range.LastSequence + 1;
        }

        return true;
    }

    private static bool Rises(IEnumerable<ulong> numbers) =>
        numbers.Zip(numbers.Skip(1)).All(n => n.First < n.Second);

    private static RandomLife Live(int[] numbers)
    {
        var life = new RandomLife();
        Array.ForEach(numbers, life.Step);
        life.Cluster.Seal();
        return life;
    }
}
