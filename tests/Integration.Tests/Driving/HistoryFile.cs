using System.Text.Json;
using Millrace.Integration.Tests.Checks;

namespace Millrace.Integration.Tests.Driving;

/// <summary>Writes what producers did, in the order in which it happened here.</summary>
internal sealed class HistoryFile(string folder) : IDisposable
{
    private readonly Lock _lock = new();
    private readonly StreamWriter _writer = new(Path.Combine(folder, Dump.HistoryFile));
    private readonly Dictionary<string, long> _invoked = [];
    private long _acked;

    /// <summary>Events that acks cover, over all producers.</summary>
    public long Acked => Interlocked.Read(ref _acked);

    /// <summary>The highest position that an ack named: everything acked can be seen there.</summary>
    public ulong Position { get; private set; }

    /// <summary>The last event that the producer has ever tried to send; 0: none.</summary>
    public long Invoked(string producer)
    {
        lock (_lock)
        {
            return _invoked.GetValueOrDefault(producer);
        }
    }

    /// <summary>Notes events about to be sent; those noted before, which are sent again, are not repeated.</summary>
    public void Invoke(Workload workload, string producer, long first, int count)
    {
        lock (_lock)
        {
            long from = Math.Max(first, _invoked.GetValueOrDefault(producer) + 1);
            for (long n = from; n < first + count; n++)
            {
                Write(new Invoked(producer, n, workload.KeyOf(producer, n), workload.ValueOf(producer, n)));
                _invoked[producer] = n;
            }
        }
    }

    /// <param name="gained">How many events this ack covers and no earlier one did.</param>
    public void Acknowledge(Acknowledged ack, long gained)
    {
        lock (_lock)
        {
            Write(ack);
            Position = Math.Max(Position, ack.Position);
            Interlocked.Add(ref _acked, gained);
        }
    }

    /// <summary>From here on the log is read: it must hold everything acked above.</summary>
    public void Mark(int dump)
    {
        lock (_lock)
        {
            Write(new LogRead(dump));
        }
    }

    public void Dispose() => _writer.Dispose();

    private void Write(HistoryLine line) => _writer.WriteLine(JsonSerializer.Serialize(line));
}
