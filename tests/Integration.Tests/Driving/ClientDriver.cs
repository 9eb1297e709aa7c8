using Millrace.Client;
using Millrace.Integration.Tests.Checks;
using Millrace.Protocol.Type.V1;

namespace Millrace.Integration.Tests.Driving;

/// <summary>One producer made with Millrace.Client, which does all retrying itself: every send must end in an
/// ack.</summary>
internal sealed class ClientDriver(
    MillraceClient client, string id, string topic, Workload workload, HistoryFile history)
    : IDriver
{
    private const int Window = 200;

    private long _acked;

    public string Id => id;

    public IEnumerable<string> Refusals => [];

    public async Task RunAsync(long total, CancellationToken cancellation)
    {
        var options = new ProducerOptions { ProducerId = id, GiveUpAfter = TimeSpan.FromMinutes(2) };
        await using Producer producer = await client.OpenProducerAsync(options, cancellation);
        using var window = new SemaphoreSlim(Window);
        var sends = new List<Task>();
        for (long n = 1; n <= total; n++)
        {
            await window.WaitAsync(cancellation);
            Event e = workload.Make(id, n);
            history.Invoke(workload, id, n, 1);
            ValueTask<Ack> send = producer.SendAsync(topic, Data(e), cancellation);
            sends.Add(AwaitAckAsync(n, send, window));
        }

        await Task.WhenAll(sends).WaitAsync(cancellation);
    }

    private static EventData Data(Event e) => new(e.Key.Memory, e.Value.Memory) { TimeMs = e.EventTimeMs };

    private async Task AwaitAckAsync(long sequence, ValueTask<Ack> send, SemaphoreSlim window)
    {
        Ack ack = await send;
        window.Release();
        Assert.That(ack.Sequence, Is.EqualTo(sequence));
        long before = Interlocked.Exchange(ref _acked, Math.Max(sequence, Interlocked.Read(ref _acked)));
        history.Acknowledge(new Acknowledged(id, sequence, ack.Position, 0), Math.Max(0, sequence - before));
    }
}
