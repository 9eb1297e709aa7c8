using Millrace.Common.Keys;
using Millrace.Common.Model;
using Millrace.Coordinator.Core;
using Millrace.Coordinator.Core.Placement;
using Millrace.Coordinator.Core.Producers;
using Millrace.Coordinator.Core.Topics;
using Millrace.Coordinator.Core.Topics.Partitioning;
using Millrace.Coordinator.Core.Views;
using Millrace.Coordinator.Storage;

namespace Millrace.Coordinator.Tests.Core;

/// <summary>A machine with a clock of its own, and a journal that is a list: frames are sealed when a test says
/// so.</summary>
internal sealed class TestCluster
{
    private const ulong FrameBytes = 4096;
    public const long Epoch2025 = 1_735_689_600_000;

    private readonly List<ControlRecord> _records = [];
    private readonly List<ProducerRange> _ranges = [];
    private readonly SortedDictionary<uint, (uint Count, ulong Sum)> _blocks = [];
    private readonly Dictionary<string, ulong> _sessions = [];
    private long _calls;

    public TestCluster(CoordinatorPolicy? policy = null, CoordinatorState? state = null)
    {
        Policy = policy
            ?? CoordinatorPolicy.Default with { WarmMoves = false, Lease = TimeSpan.FromSeconds(5) };
        State = state ?? new CoordinatorState();
        Machine = new CoordinatorMachine(State, Policy);
        Open = State.Position;
    }

    public CoordinatorPolicy Policy { get; }

    public CoordinatorState State { get; }

    public CoordinatorMachine Machine { get; }

    public TimeSpan Uptime { get; private set; } = TimeSpan.FromSeconds(100);

    public long UnixMs { get; set; } = Epoch2025;

    /// <summary>Where the open frame starts.</summary>
    public ulong Open { get; private set; }

    public Now Now => new(Uptime, UnixMs);

    /// <summary>Everything that ever came out.</summary>
    public List<Effect> Effects { get; } = [];

    public List<FrameFacts> Frames { get; init; } = [];

    public ClusterView View => Machine.View(Now);

    public static TestCluster Started(CoordinatorPolicy? policy = null)
    {
        var cluster = new TestCluster(policy);
        cluster.Do(new StartCoordinator(1, "test"));
        return cluster;
    }

    /// <summary>The coordinator dies and another one recovers from the journal; what was not sealed is gone.</summary>
    public TestCluster Restart()
    {
        var cluster = new TestCluster(Policy, Replayed())
        {
            Uptime = Uptime + TimeSpan.FromSeconds(1),
            UnixMs = UnixMs,
            Frames = Frames,
        };
        cluster.Do(new StartCoordinator(State.Incarnation + 1, "other"));
        return cluster;
    }

    public CoordinatorState Replayed()
    {
        var state = new CoordinatorState();
        Frames.ForEach(state.Apply);
        return state;
    }

    /// <summary>Handles an input and returns what came of it.</summary>
    public List<Effect> Do(Input input)
    {
        var effects = new List<Effect>();
        Machine.Handle(input, Now, Open, effects);
        _records.AddRange(effects.OfType<AppendRecord>().Select(a => a.Record));
        Effects.AddRange(effects);
        return effects;
    }

    /// <summary>Handles a call and returns its result.</summary>
    public object Ask(Func<long, Input> input)
    {
        long call = ++_calls;
        return Do(input(call)).OfType<Reply>().Single(r => r.Call == call).Result;
    }

    public void Pass(double seconds) => Pass(TimeSpan.FromSeconds(seconds));

    /// <summary>Time passes without anything being handled.</summary>
    public void Pass(TimeSpan time)
    {
        Uptime += time;
        UnixMs += (long)time.TotalMilliseconds;
    }

    /// <summary>Time passes in ticks, while these workers beat.</summary>
    public List<Effect> Run(double seconds, params string[] beating)
    {
        int from = Effects.Count;
        var step = TimeSpan.FromMilliseconds(50);
        for (TimeSpan end = Uptime + TimeSpan.FromSeconds(seconds); Uptime + step <= end;)
        {
            Pass(step);
            Array.ForEach(beating, w => Beat(w));
            Do(new Tick());
        }

        return Effects[from..];
    }

    public List<Effect> Hello(
        string worker,
        ulong incarnation = 1,
        ulong? session = null,
        int max = 0,
        string operators = "count",
        string zone = "",
        ulong received = 0,
        params HeldTask[] held)
    {
        ulong number = session ?? SessionOf(worker) + 1;
        _sessions[worker] = Math.Max(number, SessionOf(worker));
        return Do(new WorkerHello(
            worker,
            incarnation,
            number,
            new WorkerFacts(
                "test/1",
                max,
                operators.Split(','),
                zone.Length == 0 ? [] : new Dictionary<string, string> { ["zone"] = zone }),
            held,
            received));
    }

    /// <summary>The newest session that the worker opened with this coordinator; 0: none.</summary>
    public ulong SessionOf(string worker) => _sessions.GetValueOrDefault(worker);

    public List<Effect> Beat(string worker, double cpu = 0, ulong memory = 0) => Do(new WorkerHeartbeat(
        worker,
        SessionOf(worker),
        1,
        new WorkerLoad(cpu, memory, 100, TimeSpan.Zero, TimeSpan.Zero, TimeSpan.Zero)));

    public WorkerView Worker(string name) => View.Workers.Single(w => w.Name == name);

    /// <summary>A topic, and a job over it that counts.</summary>
    public void Deploy(int partitions, string name = "clicks", int standbys = 0)
    {
        Assert.That(Ask(c => new CreateTopic(c, name, partitions, 1024, 0, null, false)), Is.TypeOf<CreatedTopic>());
        Assert.That(
            Ask(c => new DeployJob(c, name + "-count", "count", name, null, false, standbys)),
            Is.TypeOf<DeployedJob>());
    }

    /// <summary>A copy says how far it has come.</summary>
    public List<Effect> Report(
        ulong task, WarmCopy copy, ulong offset, TaskRunState state = TaskRunState.Warm, ulong position = 0) =>
        Do(new TaskProgressed(
            copy.Owner.Worker,
            SessionOf(copy.Owner.Worker),
            [new TaskProgress(new TaskId(task), copy.Epoch, state, position, offset, 0, 0)]));

    public AssignedTask Task(ulong id) => State.Assignments.Find(new TaskId(id))!;

    /// <summary>Task numbers by owner, for example "w1: 1 3; w2: 2".</summary>
    public string Owners() => string.Join(
        "; ",
        State.Assignments.All.GroupBy(t => t.Worker, t => t.Id.Value).OrderBy(g => g.Key, StringComparer.Ordinal)
            .Select(g => $"{(g.Key.Length == 0 ? "-" : g.Key)}: {string.Join(' ', g)}"));

    public ulong OpenProducer(string id) =>
        Ask(c => new OpenProducer(c, id, false)) is OpenedProducer opened
            ? opened.Epoch
            : throw new AssertionException($"producer {id} was refused");

    /// <summary>Offers a batch whose event with sequence s goes to open partition s mod P with a hash of its
    /// own.</summary>
    public PublishVerdict Publish(
        string producer,
        ulong epoch,
        ulong first,
        int count = 1,
        string topic = "clicks",
        ulong stream = 1)
    {
        TopicRoute route = State.Topics.Routing.Topics[topic];
        PublishVerdict verdict = Machine.Admit(producer, epoch, route.Topic, first, count, stream);
        if (verdict.Outcome == PublishOutcome.Store)
        {
            _ranges.Add(verdict.Range);
            int[] open = [.. route.PartitionOfGroup.Distinct().Order()];
            for (ulong s = verdict.Range.FirstSequence; s <= verdict.Range.LastSequence; s++)
            {
                uint partition = route.Partitions[open[(int)(s % (ulong)open.Length)]].Value;
                (uint Count, ulong Sum) block = _blocks.GetValueOrDefault(partition);
                _blocks[partition] = (block.Count + 1, unchecked(block.Sum + HashOf(verdict.Range.Producer, s)));
            }
        }

        return verdict;
    }

    /// <summary>Puts events of nobody's into a task's partition; they are stored with the next frame.</summary>
    public void Store(AssignedTask task, uint count)
    {
        (uint before, ulong sum) = _blocks.GetValueOrDefault(task.Partition.Value);
        _blocks[task.Partition.Value] = (before + count, sum);
    }

    /// <summary>Partitions of a batch's keys by the directory of a topic, as when the batch is stored.</summary>
    public int[] PlaceKeys(uint topic, params byte[][] keys)
    {
        int[] partitions = new int[keys.Length];
        int[] starts = [.. keys.Select((_, i) => keys[..i].Sum(k => k.Length))];
        ulong[] hashes = [.. keys.Select(k => XxHash64.Hash(k))];
        var effects = new List<Effect>();
        Machine.PlaceKeys(
            new TopicId(topic),
            new KeyedEvents([.. keys.SelectMany(k => k)], starts, [.. keys.Select(k => k.Length)], hashes),
            partitions,
            Now,
            Open,
            effects);
        _records.AddRange(effects.OfType<AppendRecord>().Select(a => a.Record));
        Effects.AddRange(effects);
        return partitions;
    }

    public static ulong HashOf(ulong producer, ulong sequence) =>
        unchecked((producer * 1_000_003 + sequence) * 0x9E3779B97F4A7C15);

    /// <summary>Seals the open frame and returns its end. Without anything in it: where it would start.</summary>
    public ulong Seal()
    {
        if (_records.Count + _ranges.Count + _blocks.Count == 0)
        {
            return Open;
        }

        PartitionBlock[] blocks =
        [
            .. _blocks.Select(b => new PartitionBlock(new PartitionId(b.Key), 0, b.Value.Count, b.Value.Sum, 0, 0)),
        ];
        ulong end = Open + FrameBytes;
        Machine.SealBlocks(blocks, end, UnixMs);
        Frames.Add(new FrameFacts(Open, end, State.Incarnation, UnixMs, [.. _records], [.. _ranges], blocks));
        _records.Clear();
        _ranges.Clear();
        _blocks.Clear();
        Open = end;
        return end;
    }

    /// <summary>The journal writes a frame of its own, without anything in it.</summary>
    public void Mark()
    {
        Seal();
        Frames.Add(new FrameFacts(Open, Open + FrameBytes, State.Incarnation, UnixMs, [], [], []));
        Open += FrameBytes;
    }

    /// <summary>What the journal says of a task's partition at a frame's end; null: no block of it ends
    /// there.</summary>
    public PartitionAudit? AuditAt(ulong task, ulong position) =>
        Frames.Where(f => f.End == position).SelectMany(f => f.Blocks)
            .Where(b => b.Partition == Task(task).Partition)
            .Select(b => new PartitionAudit(b.EndOffset, b.HashSumAfter)).FirstOrDefault();

    /// <summary>The point that an honest owner would commit at a frame's end.</summary>
    public RestorePoint PointAt(ulong task, ulong position)
    {
        PartitionAudit audit = AuditAt(task, position) ?? throw new AssertionException("no events there");
        string name = new SnapshotName(new TaskId(task), Task(task).Epoch, position, audit.HashSum).ToString();
        return new RestorePoint(name, position, audit.NextOffset, audit.HashSum);
    }

    /// <summary>The point that an honest owner would commit before its first event.</summary>
    public RestorePoint BirthOf(ulong task) => Task(task).Restore with
    {
        SnapshotId = new SnapshotName(new TaskId(task), Task(task).Epoch, Task(task).Restore.Position, 1).ToString(),
    };

    public CommitAnswer Commit(
        ulong task,
        RestorePoint point,
        ulong id = 1,
        string? worker = null,
        ulong? session = null,
        Epoch? epoch = null,
        bool synced = true) =>
        Do(new CommitRequested(
            worker ?? Task(task).Worker,
            session ?? SessionOf(worker ?? Task(task).Worker),
            id,
            new TaskId(task),
            epoch ?? Task(task).Epoch,
            point,
            [],
            synced,
            AuditAt(task, point.Position))).OfType<Tell>().Select(t => t.Message).OfType<CommitAnswer>().Single();

    /// <summary>State as text, equal for equal states wherever the journal stands.</summary>
    public static string Picture(CoordinatorState state) =>
        System.Text.Encoding.UTF8.GetString(ControlSnapshotCodec.Encode(state.ToSnapshot(0)).AsSpan(12));

    /// <summary>State after a way through its snapshot's bytes.</summary>
    public static CoordinatorState Copy(CoordinatorState state)
    {
        byte[] bytes = ControlSnapshotCodec.Encode(state.ToSnapshot(state.Position));
        return CoordinatorState.FromSnapshot(ControlSnapshotCodec.Decode(bytes));
    }

    /// <summary>Messages of a kind that were told to a worker.</summary>
    public static IEnumerable<T> Told<T>(IEnumerable<Effect> effects, string worker)
        where T : ToWorker =>
        effects.OfType<Tell>().Where(t => t.Worker == worker).Select(t => t.Message).OfType<T>();

    public static IEnumerable<T> Records<T>(IEnumerable<Effect> effects)
        where T : ControlRecord =>
        effects.OfType<AppendRecord>().Select(a => a.Record).OfType<T>();

    public static string Raised(IEnumerable<Effect> effects) => string.Join(
        " ",
        Records<EventRaised>(effects).Select(e => e.Reason));

}
