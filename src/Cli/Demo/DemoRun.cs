using Millrace.Cli.Dev;
using Millrace.Cli.Output;
using Millrace.Cli.Running;
using Millrace.Client;
using Millrace.Protocol.Query.V1;

namespace Millrace.Cli.Demo;

/// <summary>
/// Starts a cluster, sends every word as an event, kills a worker at a third and the coordinator at two thirds while
/// events are on their way, and reads all counts back once everything is applied.
/// </summary>
internal sealed class DemoRun(Session session, DemoInput input, DevOptions options)
{
    private const string Topic = "words";
    private const string Job = "count";
    private const int MostBatchEvents = 256;
    private const int LeastBatches = 12;
    private const int TopCount = 10;

    private static readonly TimeSpan _retryFor = TimeSpan.FromSeconds(60);

    private ulong _posted;

    public async Task<DemoResult> RunAsync(CancellationToken cancellation)
    {
        var cluster = new DevCluster(options, session.Say, session.Time);
        await using (cluster.ConfigureAwait(false))
        {
            session.Say($"starting a coordinator and {options.Workers} workers");
            await cluster.StartAsync(cancellation).ConfigureAwait(false);
            using MillraceClient client = cluster.Connect(new MillraceClientOptions { RetryFor = _retryFor });
            await client.Admin.CreateTopicAsync(Topic, cancellation: cancellation).ConfigureAwait(false);
            await client.Admin.DeployJobAsync(Job, "count", Topic, cancellation).ConfigureAwait(false);
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
            (TimeSpan workerBack, TimeSpan coordinatorBack) =
                await SendAsync(cluster, producer, recovery, cancellation).ConfigureAwait(false);
            ulong position = await producer.FlushAsync(cancellation).ConfigureAwait(false);
            await recovery.AnsweredAsync(position, cancellation).ConfigureAwait(false);
            return new DemoResult(
                _posted,
                options.Workers,
                await ScanAsync(client, position, cancellation).ConfigureAwait(false),
                await TopAsync(client, position, cancellation).ConfigureAwait(false),
                workerBack,
                coordinatorBack);
        }
    }

    /// <returns>How long the two kills were felt.</returns>
    private async Task<(TimeSpan Worker, TimeSpan Coordinator)> SendAsync(
        DevCluster cluster, Producer producer, Recovery recovery, CancellationToken cancellation)
    {
        using var progress = new ProgressLine(session.Terminal, "sending", session.Time);
        int count = input.Words.Count;
        int size = Math.Clamp(count / LeastBatches, 1, MostBatchEvents);
        Task<RecoveryTimes>? worker = null;
        Task<RecoveryTimes>? coordinator = null;
        for (int at = 0; at < count; at += size)
        {
            if (worker is null && at >= count / 3)
            {
                worker = KillAsync(cluster, cluster.Workers[^1], recovery, cancellation);
            }

            if (coordinator is null && at >= count / 3 * 2)
            {
                await worker!.ConfigureAwait(false);
                coordinator = KillAsync(cluster, DevCluster.CoordinatorName, recovery, cancellation);
            }

            await producer.PostAsync(Topic, Batch(at, Math.Min(size, count - at)), cancellation).ConfigureAwait(false);
            Interlocked.Add(ref _posted, (ulong)Math.Min(size, count - at));
            progress.Report((double)at / count, $"{Humane.Count(at)} events");
        }

        return ((await worker!.ConfigureAwait(false)).Running, (await coordinator!.ConfigureAwait(false)).Running);
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
