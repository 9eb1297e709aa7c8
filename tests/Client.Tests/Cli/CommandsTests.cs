using Google.Protobuf;
using Google.Protobuf.WellKnownTypes;
using Millrace.Protocol.Admin.V1;
using Millrace.Protocol.Query.V1;
using Millrace.TestKit.FakeCluster;

namespace Millrace.Client.Tests.Cli;

/// <summary>What the commands ask of the cluster and what they print of its answers.</summary>
public sealed class CommandsTests
{
    private FakeCoordinator _fake = null!;

    [SetUp]
    public async Task SetUp() => _fake = await FakeCoordinator.StartAsync();

    [TearDown]
    public async Task TearDown() => await _fake.DisposeAsync();

    [Test]
    public async Task TopicsList_OfSeveralPages_PrintsAllByName()
    {
        foreach (string name in new[] { "c", "a", "b" })
        {
            _fake.Admin.Topics.All.Add(new Topic { Name = "topics/" + name, PartitionCount = 16, EventCount = 1234 });
        }

        CliRun run = await RunAsync("topics list");
        Assert.That(run.Exit, Is.Zero);
        Assert.That(run.Out, Is.EqualTo("""
            TOPIC  PARTITIONS  KEY GROUPS  EVENTS  KEPT FOR  AGE
            a              16           0   1,234         -    -
            b              16           0   1,234         -    -
            c              16           0   1,234         -    -

            """));
    }

    [Test]
    public async Task TopicsList_InJson_IsTheWholeMessage()
    {
        _fake.Admin.Topics.All.Add(new Topic { Name = "topics/t", EventCount = 7 });
        CliRun run = await RunAsync("topics list -o json");
        ListTopicsResponse parsed = JsonParser.Default.Parse<ListTopicsResponse>(run.Out);
        Assert.That(parsed.Topics.Single(), Is.EqualTo(_fake.Admin.Topics.All[0]));
        Assert.That(run.Out, Does.Contain("\"keyGroupCount\": 0"));
    }

    [Test]
    public async Task TopicsList_WithNone_SaysWhatToDo() =>
        Assert.That((await RunAsync("topics list")).Out, Is.EqualTo("no topics: `millrace topics create NAME`\n"));

    [Test]
    public async Task TopicsCreate_WithNumbers_AsksForThem()
    {
        CliRun run = await RunAsync("topics create t --partitions 8 --key-groups 64");
        Assert.That(run.Out, Is.EqualTo("t has 8 partitions\n"));
        CreateTopicRequest asked = _fake.Admin.Topics.Created.Single();
        Assert.That((asked.TopicId, asked.Topic.KeyGroupCount), Is.EqualTo(("t", 64)));
        Assert.That(asked.RequestId, Is.Not.Empty);
        Assert.That((await RunAsync("topics create t")).Exit, Is.EqualTo(4));
    }

    [TestCase("--hash murmur2", "{ \"hash\": { \"function\": \"HASH_FUNCTION_MURMUR2\" } }")]
    [TestCase("--partitioning hash", "{ \"hash\": { \"function\": \"HASH_FUNCTION_XXH64\" } }")]
    [TestCase("--partitioning range-by-key --split-points g,0x70ff",
        "{ \"rangeByKey\": { \"splitPoints\": [ \"Zw==\", \"cP8=\" ] } }")]
    [TestCase("--partitioning spread --spread smooth-weighted --weights 5,1",
        "{ \"spread\": { \"policy\": \"SPREAD_POLICY_SMOOTH_WEIGHTED\", \"weights\": [ 5, 1 ] } }")]
    [TestCase("--partitioning key --max-keys 9 --declare a=b=1,0x00=2",
        "{ \"key\": { \"maxKeys\": 9, \"declared\": [ { \"key\": \"YT1i\", \"partitionIndex\": 1 },"
        + " { \"key\": \"AA==\", \"partitionIndex\": 2 } ] } }")]
    [TestCase("--partitioning range-by-time --range week --live 3 --ahead 1 --kept 4",
        "{ \"rangeByTime\": { \"range\": \"604800s\", \"origin\": \"345600s\", \"live\": 3, \"ahead\": 1,"
        + " \"kept\": 4 } }")]
    [TestCase("--partitioning range-by-time --range 15m",
        "{ \"rangeByTime\": { \"range\": \"900s\", \"origin\": \"0s\" } }")]
    public async Task TopicsCreate_WithAPartitioning_AsksForIt(string options, string asked)
    {
        Assert.That((await RunAsync("topics create t " + options)).Exit, Is.Zero);
        Assert.That(
            _fake.Admin.Topics.Created.Single().Topic.Partitioning,
            Is.EqualTo(JsonParser.Default.Parse<Partitioning>(asked)));
    }

    [TestCase("--partitioning ranges", "--partitioning takes")]
    [TestCase("--hash crc", "--hash takes xxh64, md5, sha1, murmur2, modulo, not \"crc\"")]
    [TestCase("--partitioning spread --hash md5", "--hash is of --partitioning hash")]
    [TestCase("--partitioning range-by-key --split-points 0x7", "--split-points takes")]
    [TestCase("--partitioning spread --spread smooth-weighted --weights 1,x", "--weights takes")]
    [TestCase("--partitioning range-by-time --range month", "--range takes hour, day, week")]
    [TestCase("--partitioning key --declare a", "--declare takes KEY=PARTITION")]
    public async Task TopicsCreate_WithABadPartitioning_SaysWhatIsTaken(string options, string said)
    {
        CliRun run = await RunAsync("topics create t " + options);
        Assert.That((run.Exit, run.Error), Is.EqualTo((2, run.Error)));
        Assert.That(run.Error, Does.Contain(said));
        Assert.That(_fake.Admin.Topics.Created, Is.Empty);
    }

    [Test]
    public async Task TopicsDescribe_ByRanges_ShowsWhatEachPartitionHolds()
    {
        await RunAsync("topics create t --partitions 3 --partitioning range-by-key --split-points g,0xff");
        CliRun run = await RunAsync("topics describe t");
        Assert.That(run.Out, Is.EqualTo("""
            topic         t
            partitioning  range-by-key, 2 split points
            partitions    3
            split, merge  possible
            events        0
            kept for      -
            age           -

            PART  HOLDS                        FIRST OFFSET  NEXT OFFSET
              p0  the lowest key to below "g"             0            0
              p1  "g" to below 0xff                       0            0
              p2  0xff and above                          0            0

            """));
    }

    [Test]
    public async Task PartitionsHot_OfATopic_ShowsSharesAndSaysWhatWouldHelp()
    {
        Assert.That(
            (await RunAsync("partitions hot t")).Out, Is.EqualTo("no events of late, so no hot keys\n"));
        ListHotKeysResponse hot = _fake.Admin.Topics.Hot;
        hot.SampledEvents = 4_000;
        hot.SampledEvery = 32;
        hot.HalfLife = Duration.FromTimeSpan(TimeSpan.FromSeconds(10));
        hot.HotKeys.Add(new HotKey
        {
            Key = ByteString.CopyFromUtf8("eu"),
            Share = 0.615,
            ShareError = 0.001,
            PartitionIndex = 3,
            Suggestion = HotKeySuggestion.SpreadKey,
            Reason = "No worker can take it.",
        });
        hot.HotKeys.Add(new HotKey
        {
            Key = ByteString.CopyFrom(255),
            Share = 0.02,
            Suggestion = HotKeySuggestion.None,
            Reason = "It is not hot.",
        });
        Assert.That((await RunAsync("partitions hot t")).Out, Is.EqualTo("""
            KEY   SHARE  AT MOST TOO MUCH  PART  SUGGESTION
            "eu"  61.5%              0.1%  p3    SPREAD_KEY
            0xff   2.0%              0.0%  -     NONE
            "eu": No worker can take it.
            of 4,000 events, a sample of one in 32; after 10s an event counts half

            """));
    }

    [Test]
    public async Task TopicsSend_OfLines_SendsEachAndTheTailShowsThem()
    {
        await RunAsync("topics create t --partitions 1");
        _fake.Store.CreateTopic("t");
        CliRun sent = await RunAsync("topics send t", "a\tone\n\nb\nc\tx\ty\n");
        Assert.That(sent.Out, Does.Match(@"^3 events durable at position \d+\n$"));
        _fake.Admin.Topics.SetEnd("t", 3);
        CliRun tail = await RunAsync("topics tail t -n 2");
        Assert.That(tail.Out, Is.EqualTo("p0 @1  b\np0 @2  c  x\\u0009y\n"));
    }

    [Test]
    public async Task TopicsSend_OfOneEvent_TakesKeyAndValueFromTheCommandLine()
    {
        await RunAsync("topics create t --partitions 1");
        _fake.Store.CreateTopic("t");
        CliRun sent = await RunAsync("topics send t --key k --value v -o json");
        Assert.That(sent.Out, Does.Contain("\"events\": 1"));
        Assert.That(_fake.Store.Events("t").Single().Value.ToStringUtf8(), Is.EqualTo("v"));
    }

    [Test]
    public async Task JobsDeploy_OfACount_NamesTheTopicInFull()
    {
        CliRun run = await RunAsync("jobs deploy count words --topic t");
        Assert.That(run.Exit, Is.Zero);
        DeployJobRequest asked = _fake.Admin.Jobs.Deployed.Single();
        Assert.That(asked.Spec.SourceTopics.Single(), Is.EqualTo("topics/t"));
        Assert.That(asked.Spec.Operator, Is.EqualTo("count"));
        Assert.That((await RunAsync("jobs list")).Out, Does.Contain("words  PENDING  count     t"));
    }

    [Test]
    public async Task WorkersList_OfWorkersInAnyOrder_PrintsThemByName()
    {
        _fake.Admin.Workers.All.Add(new Protocol.Admin.V1.Worker { Name = "workers/w-2", State = WorkerState.Lost });
        _fake.Admin.Workers.All.Add(new Protocol.Admin.V1.Worker
        {
            Name = "workers/w-1",
            State = WorkerState.Alive,
            HeartbeatAge = Duration.FromTimeSpan(TimeSpan.FromMilliseconds(240)),
            AssignmentCount = 6,
            CpuRatio = 0.5,
            MemoryBytes = 50_000_000,
            Sdk = "dotnet/0.1.0",
            Labels = { ["zone"] = "a" },
        });
        CliRun run = await RunAsync("workers list");
        Assert.That(run.Out, Is.EqualTo("""
            WORKER  STATE  REASON  PROCESS  BEAT  LEASE  PARTS  CPU    MEMORY  SDK           SINCE  LABELS
            w-1     ALIVE  -       -        0.2s      -      6  50%  47.7 MiB  dotnet/0.1.0      -  zone=a
            w-2     LOST   -       -           -      -      0   0%       0 B  -                 -  -

            """));
    }

    [Test]
    public async Task WorkersDescribe_OfOneThatWasKilled_TellsWhatItsStateRestsOn()
    {
        _fake.Admin.Workers.All.Add(new Protocol.Admin.V1.Worker
        {
            Name = "workers/w-1",
            State = WorkerState.Lost,
            StateReason = "PROCESS_GONE",
            HeartbeatAge = Duration.FromTimeSpan(TimeSpan.FromSeconds(1.5)),
            Phi = 12.34,
            Process = WorkerProcess.Gone,
            ProcessAge = Duration.FromTimeSpan(TimeSpan.FromSeconds(1.2)),
            ExitCode = 137,
            QuarantineRemaining = Duration.FromTimeSpan(TimeSpan.FromSeconds(30)),
        });
        string[] lines = (await RunAsync("workers describe w-1")).Out.Split('\n');
        Assert.That(lines, Has.Some.StartsWith("state         LOST (PROCESS_GONE)"));
        Assert.That(lines, Has.Some.EqualTo("heartbeat     1.5s ago, phi 12.3"));
        Assert.That(lines, Has.Some.EqualTo("process       GONE (signal 9), seen 1.2s ago"));
        Assert.That(lines, Has.Some.EqualTo("quarantine    30s left"));
    }

    [Test]
    public async Task PartitionsList_OfOneJob_OrdersByIndexAndSumsTheLag()
    {
        foreach (uint index in new uint[] { 10, 2 })
        {
            _fake.Admin.Assignments.All.Add(new Assignment
            {
                Job = "jobs/j",
                Worker = "workers/w-1",
                PartitionIndex = index,
                State = AssignmentState.Running,
                Reason = AssignmentReason.WorkerLost,
                LagEvents = 5,
            });
        }

        _fake.Admin.Assignments.All.Add(new Assignment { Job = "jobs/other" });
        CliRun run = await RunAsync("partitions list j");
        string[] lines = run.Out.Split('\n');
        Assert.That(lines[1], Does.StartWith("j    p2    w-1     RUNNING").And.EndWith("WORKER_LOST -"));
        Assert.That(lines[2], Does.StartWith("j    p10   w-1"));
        Assert.That(lines[3], Is.EqualTo("2 partitions, 10 events behind"));
    }

    [Test]
    public async Task Query_OfCounts_PrintsOneAllAndTheLargest()
    {
        (_fake.Query.Counts["a"], _fake.Query.Counts["b"], _fake.Query.Counts["c"]) = (1, 3000, 2);
        Assert.That((await RunAsync("query get j b")).Out, Is.EqualTo("3,000  b   as of position 8192\n"));
        Assert.That((await RunAsync("query scan j")).Out, Is.EqualTo("         1  a\n      3000  b\n         2  c\n"));
        CliRun top = await RunAsync("query top j -n 2");
        Assert.That(top.Out, Is.EqualTo("COUNT  KEY\n3,000  b\n    2  c\n3 keys in all\n"));
        CliRun line = await RunAsync("query scan j -n 1 -o json");
        Assert.That(JsonParser.Default.Parse<Entry>(line.Out).Count, Is.EqualTo(1));
    }

    [Test]
    public async Task Status_OfACluster_IsOneScreen()
    {
        _fake.Admin.Cluster.Cluster = new Cluster
        {
            Name = "c1",
            Version = "0.1.0",
            Revision = 4,
            WorkerCounts = { ["WORKER_STATE_LOST"] = 1, ["WORKER_STATE_ALIVE"] = 2 },
            UnsafeReasons = { "only one worker is alive" },
            EventCount = 1_000_000,
            UnresolvedIncidentCount = 2,
            Scrub = new Scrub { CheckedBytes = 3 << 20 },
            Ingest = new IngestPressure
            {
                PendingBytes = 64 << 20,
                MaxPendingBytes = 64 << 20,
                WaitingCount = 3,
                QueueTime = Duration.FromTimeSpan(TimeSpan.FromMilliseconds(40)),
                RefusedCount = 7,
                StreamCount = 5,
            },
        };
        CliRun run = await RunAsync("status");
        Assert.That(run.Out, Is.EqualTo("""
            CLUSTER c1   safe to remove a worker: no   rev 4   up -   v0.1.0
            workers      2 alive   1 lost
            partitions   none
            jobs         none
            events       1,000,000 stored, journal 0 B
            ingest       5 streams, 64.0 MiB of 64.0 MiB pending, 3 slowed down for 40 ms, 7 refused
            disk         3.0 MiB read and checked so far
            incidents    2 not resolved: millrace incidents list
            not safe: only one worker is alive

            """));
    }

    [Test]
    public async Task EventsTail_OfTheNewest_PrintsThemOldestFirst()
    {
        for (ulong i = 1; i <= 3; i++)
        {
            _fake.Admin.Cluster.Events.Add(new ClusterEvent
            {
                Revision = i,
                EventTime = Timestamp.FromDateTimeOffset(DateTimeOffset.UnixEpoch.AddSeconds(i)),
                Level = EventLevel.Crit,
                Reason = "WORKER_LOST",
                Subject = "workers/w-1",
                Message = $"number {i}",
            });
        }

        CliRun run = await RunAsync("events tail -n 2");
        Assert.That(run.Out.Split('\n'), Has.Length.EqualTo(3));
        Assert.That(run.Out, Does.StartWith("00:00:02.000 CRIT WORKER_LOST"));
    }

    private Task<CliRun> RunAsync(string arguments, string input = "") =>
        CliRun.OfAsync($"{arguments} --server {_fake.Address}", input);
}
