using Millrace.Common.Model;
using Millrace.Coordinator.Core;
using Millrace.Coordinator.Core.DeadLetters;
using Millrace.Coordinator.Core.Incidents;
using Millrace.Coordinator.Core.Operations;
using Millrace.Coordinator.Core.Placement;
using Millrace.Coordinator.Core.Placement.Balancing;
using Millrace.Coordinator.Core.Topics.Partitioning;

namespace Millrace.Coordinator.Tests.Core.Recovery;

/// <summary>Lives through anything that numbers tell it to, so that a failing life shrinks to a short list of
/// numbers.</summary>
internal sealed class RandomLife
{
    private static readonly CoordinatorPolicy _policy = CoordinatorPolicy.Default with
    {
        ProducerExpiry = TimeSpan.FromSeconds(60),
        MovesPerTurn = 3,
        MaxProducers = 4,
        MaxTopics = 3,
        MaxWorkers = 4,
    };

    private static readonly PartitioningSpec _byKey = new(
        PartitioningKind.Key, Directory: new DirectorySpec(3, [new DeclaredKey([9], 0)]));

    private static readonly PartitioningSpec _byTime = new(
        PartitioningKind.RangeByTime, Time: new TimeRangeSpec(5_000, 0, 1, 1, 1));

    private readonly Action<RandomLife>[] _steps;
    private ulong _commitId;
    private ulong _session = 1;
    private uint _dice;

    public RandomLife()
    {
        Cluster = new TestCluster(_policy);
        Cluster.Do(new StartCoordinator(1, "test"));
        _steps =
        [
            l => l.Hello(sameLife: true), l => l.Hello(sameLife: false), l => l.Beat(), l => l.Beat(), l => l.Beat(),
            l => l.Cluster.Do(new SessionBroken(l.Worker, l.Cluster.SessionOf(l.Worker))),
            l => l.Cluster.Do(new WorkerGoodbye(l.Worker, l.Cluster.SessionOf(l.Worker), "bye")),
            l => l.Time(), l => l.Time(), l => l.Time(),
            l => l.Cluster.Ask(c => new CreateTopic(c, l.Topic, l.Pick(4), 8, 30_000, l.Request, false)),
            l => l.Cluster.Ask(c => new CreateTopic(c, l.Topic, 1 + l.Pick(3), 0, 30_000, null, false, _byKey)),
            l => l.Cluster.Ask(c => new CreateTopic(c, l.Topic, 0, 0, 30_000, null, false, _byTime)),
            l => l.PlaceKeys(), l => l.PlaceKeys(),
            l => l.Cluster.Ask(c => new DeployJob(c, l.Topic + "-j", "count", l.Topic, l.Request, false, l.Pick(3))),
            l => l.Cluster.Ask(c => new UpdateJob(c, l.Topic + "-j", l.Pick(3), l.Request, false)),
            l => l.Cluster.Ask(c => new OpenProducer(c, l.Producer, l.Pick(2) == 0)),
            l => l.Cluster.Ask(c => new OpenProducer(c, l.Pick(8) == 0 ? "" : l.Producer, l.Pick(2) == 0)),
            l => l.Publish(), l => l.Publish(), l => l.Publish(), l => l.Publish(),
            l => l.Commit(), l => l.Commit(),
            l => l.Cluster.Seal(), l => l.Cluster.Seal(), l => l.Cluster.Seal(),
            l => l.Cluster.Do(new ReclaimJournal(l.Cluster.Open)),
            l => l.RestartCoordinator(),
            l => l.Cluster.Mark(),
            l => l.Cluster.Ask(c => new SplitPartition(
                c, l.Topic, l.Pick(9), l.Pick(3) * 2, new MapChange(null, l.Request, false))),
            l => l.Cluster.Ask(c => new MergePartitions(
                c, l.Topic, l.Pick(9), l.Pick(9), new MapChange(null, l.Request, false))),
            l => l.CommitToTheEnd(), l => l.CommitToTheEnd(),
            l => l.UnixMsJump(),
            l => l.Operate(), l => l.Operate(), l => l.ReportCopies(), l => l.ReportCopies(),
            l => l.Rebalance(), l => l.Rebalance(), l => l.ReportWork(), l => l.ReportWork(),
            l => l.Poison(), l => l.Poison(), l => l.JudgeBadEvents(), l => l.JudgeBadEvents(), l => l.ReleaseKeys(),
            l => l.FindDamage(), l => l.FindDamage(), l => l.DealWithIncidents(),
            l => l.GrowOld(), l => l.GrowOld(),
        ];
    }

    public TestCluster Cluster { get; private set; }

    private string Worker => $"w{Pick(5)}";

    private string Topic => $"topic{Pick(4)}";

    private string Producer => $"p{Pick(5)}";

    private Request? Request => Pick(3) == 0 ? new Request($"r{Pick(6)}", (ulong)Pick(2)) : null;

    public void Step(int number)
    {
        _dice = (uint)number;
        _steps[Pick(_steps.Length)](this);
    }

    /// <summary>The next few bits of the number.</summary>
    private int Pick(int sides)
    {
        int pick = (int)(_dice % (uint)sides);
        _dice = (_dice / (uint)sides) ^ (_dice << 16);
        return pick;
    }

    /// <summary>Mostly none; one below, or far above, as after a journal was put back from a copy.</summary>
    private ulong EpochShift() => Pick(8) switch
    {
        0 => ulong.MaxValue,
        1 => Pick(4) == 0 ? 1_000UL : 0,
        _ => 0,
    };

    private void Hello(bool sameLife)
    {
        string worker = Worker;
        ulong life = Cluster.View.Workers.FirstOrDefault(w => w.Name == worker)?.Incarnation ?? 1;
        HeldTask[] held =
        [
            .. Cluster.State.Assignments.All.Where(t => t.Worker == worker && Pick(3) > 0)
                .Select(t => new HeldTask(t.Id, new Epoch(t.Epoch.Value + EpochShift()), 0)),
        ];
        Cluster.Hello(worker, sameLife ? life : life + 1, ++_session, Pick(3) * 4, held: held);
    }

    private void Beat()
    {
        string worker = Worker;
        if (Cluster.SessionOf(worker) > 0)
        {
            Cluster.Beat(worker, Pick(11) / 10.0);
        }
    }

    private void Time()
    {
        Cluster.Pass(new[] { 0.05, 0.3, 0.45, 1, 7, 20 }[Pick(6)]);
        Cluster.Do(new Tick());
    }

    private void UnixMsJump() => Cluster.UnixMs += (Pick(5) - 2) * 45_000;

    private void Publish()
    {
        string id = Producer;
        string topic = Topic;
        if (Cluster.State.Topics.Find(topic) is not { } known || Cluster.State.Producers.Find(id) is not { } producer)
        {
            return;
        }

        ulong last = producer.Topics.GetValueOrDefault(known.Id)?.Last ?? 0;
        ulong first = Math.Max(1, last + 2 - (ulong)Math.Min(Pick(4), (int)last + 1));
        Cluster.Publish(id, producer.Epoch - (ulong)(Pick(9) == 0 ? 1 : 0), first, 1 + Pick(6), topic, (ulong)Pick(3));
    }

    private void PlaceKeys()
    {
        if (Cluster.State.Topics.Find(Topic) is { } topic && Cluster.State.Directories.Find(topic.Id) is not null)
        {
            Cluster.PlaceKeys(topic.Id.Value, [(byte)Pick(6)], [(byte)Pick(6)], [9]);
        }
    }

    private void Commit()
    {
        AssignedTask[] tasks = [.. Cluster.State.Assignments.All];
        if (tasks.Length == 0)
        {
            return;
        }

        AssignedTask task = tasks[Pick(tasks.Length)];
        FrameFacts[] frames =
        [
            .. Cluster.Frames.Where(f => f.Blocks.Any(b => b.Partition == task.Partition)),
        ];
        if (frames.Length == 0)
        {
            return;
        }

        FrameFacts frame = frames[frames.Length - 1 - Pick(Math.Min(3, frames.Length))];
        RestorePoint point = Cluster.PointAt(task.Id.Value, frame.End);
        Cluster.Commit(
            task.Id.Value,
            Pick(7) == 0 ? point with { HashSum = 3 } : point,
            Pick(4) == 0 ? _commitId : ++_commitId,
            synced: Pick(8) > 0);
    }

    private void Operate()
    {
        AssignedTask[] tasks = [.. Cluster.State.Assignments.All];
        TaskName task = tasks.Length > 0 && Pick(4) > 0 && tasks[Pick(tasks.Length)] is var some
            ? new TaskName(Cluster.State.Jobs.Get(some.Job).Name, "count", some.Index)
            : new TaskName(Topic + "-j", "count", Pick(4));
        string worker = Worker;
        Cluster.Ask(Pick(8) switch
        {
            0 => c => new CordonWorker(c, worker, "", Request, false),
            1 => c => new UncordonWorker(c, worker, Request, false),
            2 => c => new DrainWorker(c, worker, Pick(3), Pick(2) == 0, "", Request, false),
            3 => c => new PinTask(
                c, task, new TaskPin(worker, new Dictionary<string, string>(), ""), Request, Pick(4) == 0),
            4 => c => new UnpinTask(c, task, Request, false),
            5 => c => new CancelOperation(c, Cluster.State.Operations.Last - (ulong)Pick(2), Request),
            _ => c => new MoveTask(c, task, worker, null, Pick(3) == 0, "", Request, false),
        });
    }

    /// <summary>Workers say how far their copies have come.</summary>
    private void ReportCopies()
    {
        foreach (AssignedTask task in Cluster.State.Assignments.Copies.All.ToArray())
        {
            foreach (WarmCopy copy in task.Copies.Where(_ => Pick(4) > 0))
            {
                ulong end = Cluster.State.Partitions.Get(task.Partition).NextOffset;
                Cluster.Report(task.Id.Value, copy, end - Math.Min(end, (ulong)Pick(3)));
            }
        }
    }

    /// <summary>Tasks of sealed partitions come to their end, and those that took over are born.</summary>
    private void CommitToTheEnd()
    {
        foreach (AssignedTask task in Cluster.State.Assignments.All.Where(t => t.Worker.Length > 0).ToArray())
        {
            bool isSealed = Cluster.State.Topics.Get(task.Partition).SealedAt > 0;
            FrameFacts? last = Cluster.Frames.LastOrDefault(f => f.Blocks.Any(b => b.Partition == task.Partition));
            if (Pick(5) == 0 || Cluster.Task(task.Id.Value) is null)
            {
                continue;
            }

            if (isSealed && last is not null)
            {
                Cluster.Commit(task.Id.Value, Cluster.PointAt(task.Id.Value, last.End), ++_commitId);
            }
            else if (task.Origins.Count > 0 && task.Newest is null)
            {
                Cluster.Commit(task.Id.Value, Cluster.BirthOf(task.Id.Value), ++_commitId);
            }
        }
    }

    private void Rebalance()
    {
        ulong plan = Cluster.State.Rebalancing.LastPlan - (ulong)Pick(2);
        string[] strategies = ["", "round-robin", "random", "weighted-resources", "weighted-load", "best"];
        string strategy = strategies[Pick(strategies.Length)];
        Cluster.Ask(Pick(8) switch
        {
            0 => c => new UpdateRebalancePolicy(c, strategy, Pick(3) > 0, Request, false),
            1 => c => new DeletePlan(c, plan, Request, false),
            2 or 3 or 4 => c => new ApplyPlan(c, plan, Pick(3), Pick(2) == 0, Request, Pick(5) == 0),
            _ => c => new CreatePlan(c, strategy, Pick(2) == 0, Pick(5), 0, Pick(2) == 0, Request, false),
        });
    }

    /// <summary>Workers say what their tasks have cost.</summary>
    private void ReportWork()
    {
        foreach (AssignedTask task in Cluster.State.Assignments.All.ToArray())
        {
            ulong end = Cluster.State.Partitions.Get(task.Partition).NextOffset;
            ulong busy = end * (ulong)Pick(99_999);
            Cluster.Do(new TaskProgressed(
                task.Worker,
                Cluster.SessionOf(task.Worker),
                [new TaskProgress(task.Id, task.Epoch, TaskRunState.Running, 0, end, 9, 0, busy)]));
        }
    }

    /// <summary>Tasks meet events that they cannot apply.</summary>
    private void Poison()
    {
        foreach (AssignedTask task in Cluster.State.Assignments.All.ToArray())
        {
            ulong end = Cluster.State.Partitions.Get(task.Partition).NextOffset;
            Cluster.Do(new PoisonReported(
                task.Worker,
                Cluster.SessionOf(task.Worker),
                task.Id,
                task.Epoch,
                end - Math.Min(end, (ulong)Pick(4)),
                "it is bad",
                Pick(3) == 0,
                [(byte)Pick(2)],
                [0x7A, 0]));
        }
    }

    private void JudgeBadEvents()
    {
        string job = Topic + "-j";
        var rule = new BadEventRule((BadEventPolicy)(1 + Pick(3)), Pick(2) == 0);
        ulong letter = Cluster.State.DeadLetters.LastLetter - (ulong)Pick(2);
        Cluster.Ask(Pick(4) switch
        {
            1 => c => new CloseDeadLetter(c, letter, (DeadLetterEnd)(1 + Pick(2)), Request),
            2 => c => new BeginRetry(c, letter, Request),
            _ => c => new SetBadEventRule(c, job, rule, Request, false),
        });
    }

    private void ReleaseKeys()
    {
        foreach (AssignedTask task in Cluster.State.Assignments.All.ToArray())
        {
            if (Cluster.State.DeadLetters.Of(task.Id)?.Parked.FirstOrDefault(p => p.Until is null) is { } parked)
            {
                string job = Cluster.State.Jobs.Get(task.Job).Name;
                Cluster.Ask(c => new ReleaseKey(c, job, parked.Key, Request));
            }
        }
    }

    private void FindDamage()
    {
        string[] snapshots = [.. Cluster.State.Assignments.All.SelectMany(t => t.Snapshots)];
        SnapshotName.TryParse(snapshots.ElementAtOrDefault(Pick(5)) ?? "t1-e1-p1-0000000000000001", out var name);
        ulong place = Cluster.Open * (ulong)Pick(4) / 4;
        Cluster.Do(Pick(3) switch
        {
            0 => new SnapshotDamageFound(name, "bad"),
            1 => new ControlSnapshotDamageFound(place, "bad"),
            _ => new JournalDamageFound($"{place}", place, "bad"),
        });
    }

    private void DealWithIncidents()
    {
        ulong incident = Cluster.State.Incidents.LastNumber - (ulong)Pick(2);
        Cluster.Ask(Pick(2) == 0
            ? c => new AcknowledgeIncident(c, incident, "", Request)
            : c => new ResolveIncident(c, incident, "", Request));
    }

    /// <summary>What is stored so far gets older than it is kept for, and is given up.</summary>
    private void GrowOld()
    {
        CommitToTheEnd();
        Cluster.Seal();
        Cluster.Pass(61);
        Publish();
        Cluster.Seal();
        Cluster.Do(new ReclaimJournal(Cluster.Open));
    }

    private void RestartCoordinator() => Cluster = Cluster.Restart();
}
