using Google.Protobuf;
using Grpc.Core;
using Millrace.Client;
using Millrace.Integration.Tests.Checks;
using Millrace.Integration.Tests.Processes;
using Millrace.Protocol.Admin.V1;

namespace Millrace.Integration.Tests.Driving;

/// <summary>A counting job under load from several producers, from its deployment to the verdict on what it
/// left.</summary>
internal sealed class Run : IAsyncDisposable
{
    public const string Topic = "words";
    public const string Job = "count";
    public const int Partitions = 8;

    private readonly TestCluster _cluster;
    private readonly Workload _workload;
    private readonly CancellationToken _cancellation;
    private readonly string _folder;
    private readonly HistoryFile _history;
    private readonly AssignmentWatcher _watcher;
    private readonly List<IDriver> _producers = [];
    private CancellationTokenSource _loading = new();
    private Task _load = Task.CompletedTask;
    private Func<IDriver, long> _goal = _ => 0;
    private int _logs;

    public Run(TestCluster cluster, CancellationToken cancellation, Workload? workload = null)
    {
        _cluster = cluster;
        _cancellation = cancellation;
        _workload = workload ?? new Workload();
        _folder = Directory.CreateDirectory(Path.Combine(cluster.Directory, "dump")).FullName;
        _history = new HistoryFile(_folder);
        _watcher = new AssignmentWatcher(cluster.Channel);
        Reader = new ClusterReader(cluster.Channel, cancellation);
    }

    public ClusterReader Reader { get; }

    /// <summary>Of the topic; null: by hash.</summary>
    public Partitioning? Partitioning { get; init; }

    public long Acked => _history.Acked;

    /// <summary>Completes when every event is acked; fails when the coordinator refused one.</summary>
    public Task Load => _load;

    /// <summary>What producers were told to try again later, as "Status REASON".</summary>
    public IEnumerable<string> Refusals => _producers.SelectMany(p => p.Refusals);

    /// <summary>Makes the topic, if need be, and the job, through restarts.</summary>
    public async Task DeployAsync()
    {
        await MakeTopicAsync();
        var jobs = new JobService.JobServiceClient(_cluster.Channel);
        var job = new DeployJobRequest
        {
            JobId = Job,
            Spec = new JobSpec { SourceTopics = { "topics/" + Topic }, Operator = "count" },
            RequestId = "make-job",
        };
        await Faults.RetryAsync(
            async () => await jobs.DeployJobAsync(job, cancellationToken: _cancellation), _cancellation);
    }

    /// <summary>Makes the topic; the same request again is answered again.</summary>
    public async Task MakeTopicAsync()
    {
        var topics = new TopicService.TopicServiceClient(_cluster.Channel);
        var topic = new CreateTopicRequest
        {
            TopicId = Topic,
            Topic = new Topic { PartitionCount = Partitions, Partitioning = Partitioning },
            RequestId = "make-topic",
        };
        await Faults.RetryAsync(
            async () => await topics.CreateTopicAsync(topic, cancellationToken: _cancellation), _cancellation);
    }

    /// <summary>Every task is on that worker now.</summary>
    public async Task<bool> OwnsAllAsync(string worker) =>
        (await Reader.AssignmentsAsync()).All(a => a.Worker == worker);

    /// <summary>The topic and its partitions as they are now, through restarts.</summary>
    public Task<GetTopicResponse> TopicAsync()
    {
        var topics = new TopicService.TopicServiceClient(_cluster.Channel);
        return Faults.RetryAsync(
            async () => await topics.GetTopicAsync(
                new GetTopicRequest { Name = "topics/" + Topic }, cancellationToken: _cancellation),
            _cancellation);
    }

    /// <summary>Splits a partition, through restarts.</summary>
    /// <param name="atKey">Of ranges of keys; else in the middle.</param>
    public async Task SplitAsync(int index, string atKey = "")
    {
        var request = new SplitPartitionRequest
        {
            Name = NameOf(index),
            RequestId = $"split-{index}",
            AtKey = ByteString.CopyFromUtf8(atKey),
        };
        await ChangeAsync(async topics => await topics.SplitPartitionAsync(request, cancellationToken: _cancellation));
    }

    /// <summary>Merges two neighbours, through restarts.</summary>
    public async Task MergeAsync(int index, int other)
    {
        var request = new MergePartitionsRequest
        {
            Name = NameOf(index),
            Other = NameOf(other),
            RequestId = $"merge-{index}-{other}",
        };
        await ChangeAsync(async topics => await topics.MergePartitionsAsync(
            request, cancellationToken: _cancellation));
    }

    /// <summary>Waits until the job goes on in the partitions that took over.</summary>
    public Task SettledAsync() => Wait.UntilAsync(
        "the job to take over",
        async _ => (await TopicAsync()).Partitions.All(p => p.State != PartitionState.Sealing),
        _cancellation);

    /// <summary>Starts the producers; they go on through every fault until all of their events are acked.</summary>
    /// <param name="perSecond">Of each producer; 0: as many as go.</param>
    public void StartLoad(int producers, long eventsEach, long perSecond = 0) => StartLoad(
        producers,
        eventsEach,
        id => new ProducerDriver(_cluster.Channel, id, Topic, _workload, _history, new Pace(perSecond)));

    /// <summary>The same with producers of Millrace.Client.</summary>
    public void StartLoad(MillraceClient client, int producers, long eventsEach) => StartLoad(
        producers,
        eventsEach,
        id => new ClientDriver(client, id, Topic, _workload, _history));

    /// <summary>Stops the producers where they are; what was not acked by now has an unknown fate.</summary>
    public async Task StopLoadAsync()
    {
        await _loading.CancelAsync();
        await _load.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _load = Task.CompletedTask;
    }

    public void ResumeLoad()
    {
        _loading.Dispose();
        _loading = CancellationTokenSource.CreateLinkedTokenSource(_cancellation);
        _load = Task.WhenAll(_producers.Select(p => p.RunAsync(_goal(p), _loading.Token)));
    }

    /// <summary>Ends a load without an end of its own: what was sent by now is still sent until it is acked, so that no
    /// event's fate stays unknown.</summary>
    public async Task EndLoadAsync()
    {
        await LimitLoadAsync(0);
        await _load;
    }

    /// <summary>Gives a load without an end of its own one: what was sent by now, or so many events of each producer if
    /// that is more.</summary>
    public async Task LimitLoadAsync(long eventsEach)
    {
        await StopLoadAsync();
        _goal = producer => Math.Max(eventsEach, _history.Invoked(producer.Id));
        ResumeLoad();
    }

    /// <summary>Waits for that many acks; also notices when the load failed.</summary>
    public async Task AwaitAcksAsync(long count)
    {
        await Wait.UntilAsync(
            $"{count} acks", () => _history.Acked >= count || _load.IsCompleted, _cancellation);
        if (_load.IsFaulted)
        {
            await _load;
        }
    }

    /// <summary>Reads the whole log as it is now; everything acked by now must be in it.</summary>
    public async Task ReadLogAsync()
    {
        int number = _logs++;
        _history.Mark(number);
        Dump.Save(_folder, Dump.LogFile(number), await LogAsync());
    }

    /// <summary>Reads the whole log as it is now and returns what in it was never sent. Nothing is written
    /// down.</summary>
    /// <exception cref="RpcException">It refuses to be read.</exception>
    public async Task<IReadOnlyList<string>> WrongInLogAsync() =>
    [
        .. (await Reader.LogAsync(Topic, Partitions))
            .Where(line => Identity.Parse(line.Value) is not { } id
                || _workload.ValueOf(id.Producer, id.Sequence) != line.Value
                || _workload.KeyOf(id.Producer, id.Sequence) != line.Key)
            .Select(line => $"V3 corruption: partition {line.Partition} offset {line.Offset} holds {line.Value}"),
    ];

    /// <summary>What is stored and decided, where the load cannot be brought to its end.</summary>
    public async Task<Dump> FinishLogAsync()
    {
        await StopLoadAsync();
        await ReadLogAsync();
        Dump.Save<CountLine>(_folder, Dump.CountsFile, []);
        return await CloseAsync();
    }

    /// <summary>Waits for the load, then for every commit to reach the log's end, dumps everything and checks
    /// it.</summary>
    public async Task<Dump> FinishAsync()
    {
        await _load;
        Dump.Save(_folder, Dump.CountsFile, await Reader.CountsAsync(Job, _history.Position));
        await Wait.UntilAsync("commits of everything", IsCommittedAsync, _cancellation);
        await ReadLogAsync();
        return await CloseAsync();
    }

    private async Task<Dump> CloseAsync()
    {
        Dump.Save(_folder, Dump.EventsFile, await Reader.EventsAsync());
        Dump.Save(_folder, Dump.AssignmentsFile, await _watcher.StopAsync());
        Dump.Save(_folder, Dump.DecisionsFile, new JournalFiles(_cluster.DataDirectory).Decisions());
        _history.Dispose();
        return Dump.Load(_folder);
    }

    /// <summary>The whole end of a run: nothing lost, nothing twice, nothing fenced accepted.</summary>
    public async Task<Dump> FinishAndCheckAsync()
    {
        Dump dump = await FinishAsync();
        Check(dump, CountChecks.All(dump));
        return dump;
    }

    /// <summary>The same where the load was stopped in the middle: the fate of what was not acked is unknown, so
    /// counts are held against the log alone, all of it: it may end after the last ack.</summary>
    public async Task<Dump> FinishStoppedAndCheckAsync()
    {
        await Wait.UntilAsync("commits of everything", IsCommittedAsync, _cancellation);
        Dump dump = await FinishAsync();
        Check(dump, CountChecks.AgainstLog(dump));
        return dump;
    }

    public async ValueTask DisposeAsync()
    {
        await StopLoadAsync();
        await _watcher.DisposeAsync();
        _history.Dispose();
        _loading.Dispose();
    }

    private static string NameOf(int index) => $"topics/{Topic}/partitions/{index}";

    private Task ChangeAsync<T>(Func<TopicService.TopicServiceClient, Task<T>> change)
    {
        var topics = new TopicService.TopicServiceClient(_cluster.Channel);
        return Faults.RetryAsync(() => change(topics), _cancellation);
    }

    private void StartLoad(int producers, long eventsEach, Func<string, IDriver> make)
    {
        _goal = _ => eventsEach;
        _producers.AddRange(Enumerable.Range(1, producers).Select(n => make($"producer-{n}")));
        ResumeLoad();
    }

    private static void Check(Dump dump, IEnumerable<string> counts)
    {
        string[] violations = [.. LogChecks.All(dump), .. OwnershipChecks.All(dump), .. counts];
        Assert.That(violations.Take(20), Is.Empty, $"{violations.Length} violations");
    }

    private async Task<List<LogLine>> LogAsync()
    {
        try
        {
            return await Reader.LogAsync(Topic, (await TopicAsync()).Partitions.Count);
        }
        catch (RpcException error) when (error.StatusCode == StatusCode.NotFound)
        {
            // Even the topic is lost, and with it every event.
            return [];
        }
    }

    private async Task<bool> IsCommittedAsync(CancellationToken cancellation)
    {
        IReadOnlyList<Assignment> all = await Faults.RetryAsync(Reader.AssignmentsAsync, cancellation);
        GetTopicResponse topic = await TopicAsync();
        return all.Count == topic.Partitions.Count(p => p.State == PartitionState.Open)
            && topic.Partitions.All(p => p.State != PartitionState.Sealing)
            && all.All(a => a.CommittedOffset == a.NextOffset);
    }
}
