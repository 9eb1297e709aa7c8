using Millrace.Common.Keys;
using Millrace.Common.Wire;
using Millrace.Coordinator.Core.HotKeys;
using Millrace.Coordinator.Journal;

namespace Millrace.Coordinator.Ingest;

/// <summary>
/// A topic's sketch, fed with about one of <see cref="Every"/> events, at random distances so that no rhythm of the
/// producer's can hide a key. A stream that meets another one here leaves its batch out instead of waiting. What was
/// counted fades by half each <see cref="HalfLife"/>. Events that are sent again count again.
/// </summary>
internal sealed class HotKeySample
{
    public const int Every = 32;
    private const int Counters = 256;
    public static readonly TimeSpan HalfLife = TimeSpan.FromSeconds(10);

    private readonly Lock _gate = new();
    private readonly SpaceSaving _sketch = new(Counters);
    private readonly TimeProvider _time;
    private readonly Random _random = new(Every);
    private long _halved;
    private int _skip;

    public HotKeySample(TimeProvider time)
    {
        _time = time;
        _halved = time.GetTimestamp();
    }

    public void Observe(EntryBatch entries)
    {
        if (!_gate.TryEnter())
        {
            return;
        }

        try
        {
            Fade();
            int i = _skip;
            for (; i < entries.Count; i += _random.Next(1, 2 * Every))
            {
                Take(entries.Entry(i));
            }

            _skip = i - entries.Count;
        }
        finally
        {
            _gate.Exit();
        }
    }

    public IReadOnlyList<HeavyKey> Top(int count, out ulong sampled)
    {
        lock (_gate)
        {
            Fade();
            sampled = _sketch.Total;
            return _sketch.Top(count);
        }
    }

    /// <summary>The key is looked for once more, because the scan does not keep where it was.</summary>
    private void Take(ReadOnlySpan<byte> entry)
    {
        if (EntryScanner.TryRead(entry, out EventFields fields) && fields.KeyLength > 0)
        {
            ReadOnlySpan<byte> key = entry.Slice(fields.KeyStart, fields.KeyLength);
            _sketch.Add(key, XxHash64.Hash(key));
        }
    }

    private void Fade()
    {
        TimeSpan age = _time.GetElapsedTime(_halved);
        if (age < HalfLife)
        {
            return;
        }

        for (int halves = (int)Math.Min(64, age / HalfLife); halves > 0; halves--)
        {
            _sketch.Halve();
        }

        _halved = _time.GetTimestamp();
    }
}
