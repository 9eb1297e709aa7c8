using Millrace.Cli.Dev;
using Millrace.Cli.Output;
using Millrace.Cli.Running;
using Millrace.Client;
using Millrace.Protocol.Query.V1;

namespace Millrace.Cli.Demo;

/// <summary>
/// Starts a cluster, sends every word as an event, kills a worker at a third and the coordinator at two thirds while
/// events are on their way, and reads all counts back once everything is applied. With churn operators change the
/// cluster between these.
/// </summary>
internal sealed class DemoRun(Session session, DemoInput input, DevOptions options, bool churn)
{
    private const string Topic = "words";
    private const string Job = "count";
    private const int MostBatchEvents = 256;
    private const int LeastBatches = 12;
    private const int TopCount = 10;

    private static readonly TimeSpan _retryFor = TimeSpan.FromSeconds(60);

    /// <summary>Between two batches while a planned change goes on, so that it meets events.</summary>
    private static readonly TimeSpan _churnPace = TimeSpan.FromMilliseconds(1);

    private ulong _posted;
    private TimeSpan _workerBack;
    private TimeSpan _coordinatorBack;

    public async Task<DemoResult> RunAsync(CancellationToken cancellation)
    {
        var cluster = new DevCluster(options, session.Say, session.Time);
        await using (cluster.ConfigureAwait(false))
        {
            session.Say($"starting a coordinator and {options.Workers} workers");
            await cluster.StartAsync(cancellation).ConfigureAwait(false);
            using MillraceClient client = cluster.Connect(new MillraceClientOptions { RetryFor = _retryFor });
            await client.Admin.CreateTopicAsync(Topic, cancellation: cancellation).ConfigureAwait(false);
            await client.Admin.DeployJobAsync(Job, "count", Topic, cancellation: cancellation).ConfigureAwait(false);
            return await CountAsync(cluster, client, cancellation).ConfigureAwait(false);
        }
    }

    private async Task<DemoResult> CountAsync(DevCluster cluster, MillraceClient client, CancellationToken cancellation)
    {
        Producer producer = await client.OpenProducerAsync(cancellation: cancellation).ConfigureAwait(false);
        await using (producer.ConfigureAwait(false))
        {
            var recovery = new Recovery(client, producer, Topic, Job, session.Time);
            await recovery.AnsweredAsync(0, cancellation).ConfigureAwait(false);
            session.Say($"sending {Humane.Count(input.Words.Count)} words");
            var freshness = new Freshness(producer, recovery, Topic, session.Time);
            await SendAsync(producer, Plan(cluster, client, recovery, freshness), cancellation).ConfigureAwait(false);
            ulong position = await producer.FlushAsync(cancellation).ConfigureAwait(false);
            await recovery.AnsweredAsync(position, cancellation).ConfigureAwait(false);
            return new DemoResult(
                _posted,
                options.Workers,
                await ScanAsync(client, position, cancellation).ConfigureAwait(false),
                await TopAsync(client, position, cancellation).ConfigureAwait(false),
                _workerBack,
                _coordinatorBack,
                churn ? freshness.LongestWait : null);
        }
    }

    /// <summary>What is done to the cluster, and after which share of the events.</summary>
    private List<(double At, Func<CancellationToken, Task> Do)> Plan(
        DevCluster cluster, MillraceClient client, Recovery recovery, Freshness freshness)
    {
        var plan = new List<(double At, Func<CancellationToken, Task> Do)>
        {
            (1 / 3.0, async stop => _workerBack =
                (await KillAsync(cluster, cluster.Workers[^1], recovery, stop).ConfigureAwait(false)).Running),
            (2 / 3.0, async stop => _coordinatorBack =
                (await KillAsync(cluster, DevCluster.CoordinatorName, recovery, stop).ConfigureAwait(false)).Running),
        };
        if (churn)
        {
            var changes = new Churn(session, cluster, client, Topic, Job);
            double step = 1.0 / (changes.Steps.Count + 1);
            plan.AddRange(changes.Steps.Select((change, i) => (
                (i + 1) * step,
                new Func<CancellationToken, Task>(stop =>
                    freshness.WatchAsync(changes.DoAsync(change.What, change.Do, stop), stop)))));
        }

        return [.. plan.OrderBy(p => p.At)];
    }

    /// <summary>Sends all words. What is planned is done one after the other, while events flow.</summary>
    private async Task SendAsync(
        Producer producer,
        List<(double At, Func<CancellationToken, Task> Do)> plan,
        CancellationToken cancellation)
    {
        using var progress = new ProgressLine(session.Terminal, "sending", session.Time);
        using var pace = new PeriodicTimer(_churnPace, session.Time);
        int count = input.Words.Count;
        int size = Math.Clamp(count / LeastBatches, 1, MostBatchEvents);
        Task doing = Task.CompletedTask;
        int next = 0;
        for (int at = 0; at < count; at += size)
        {
            if (next < plan.Count && at >= count * plan[next].At)
            {
                await doing.ConfigureAwait(false);
                doing = plan[next++].Do(cancellation);
            }

            await producer.PostAsync(Topic, Batch(at, Math.Min(size, count - at)), cancellation).ConfigureAwait(false);
            Interlocked.Add(ref _posted, (ulong)Math.Min(size, count - at));
            progress.Report((double)at / count, $"{Humane.Count(at)} events");
            if (churn && !doing.IsCompleted)
            {
                await pace.WaitForNextTickAsync(cancellation).ConfigureAwait(false);
            }
        }

        await doing.ConfigureAwait(false);
        foreach ((_, Func<CancellationToken, Task> change) in plan.Skip(next))
        {
            await change(cancellation).ConfigureAwait(false);
        }
    }

    private async Task<RecoveryTimes> KillAsync(
        DevCluster cluster, string name, Recovery recovery, CancellationToken cancellation)
    {
        void Kill()
        {
            session.Say($"kill -9 of {name} after {Humane.Count(Interlocked.Read(ref _posted))} words");
            cluster.Kill(name);
        }

        RecoveryTimes back = await recovery
            .MeasureAsync(Kill, () => Interlocked.Read(ref _posted), cancellation).ConfigureAwait(false);
        session.Say($"recovered from the kill of {name} in {back}");
        return back;
    }

    private EventData[] Batch(int first, int count)
    {
        var events = new EventData[count];
        for (int i = 0; i < count; i++)
        {
            events[i] = new EventData(input.Words[first + i], default);
        }

        return events;
    }

    private static async Task<IReadOnlyList<(string, ulong)>> ScanAsync(
        MillraceClient client, ulong position, CancellationToken cancellation)
    {
        var counts = new List<(string, ulong)>();
        IAsyncEnumerable<Entry> entries = client.Query.ScanAsync(Job, default, position, cancellation);
        await foreach (Entry entry in entries.ConfigureAwait(false))
        {
            counts.Add((entry.Key.ToStringUtf8(), entry.Count));
        }

        return counts;
    }

    private static async Task<IReadOnlyList<(string, ulong)>> TopAsync(
        MillraceClient client, ulong position, CancellationToken cancellation)
    {
        TopKResponse top = await client.Query.TopKAsync(Job, TopCount, position, cancellation).ConfigureAwait(false);
        return [.. top.Entries.Select(e => (e.Key.ToStringUtf8(), e.Count))];
    }
}
