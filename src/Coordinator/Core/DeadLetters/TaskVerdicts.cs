using Millrace.Common.Model;

namespace Millrace.Coordinator.Core.DeadLetters;

/// <summary>What was said about one task's events. Each of it holds from an offset on, so it is an input of the task
/// that is the same at every replay.</summary>
internal sealed class TaskVerdicts(JobId job)
{
    private readonly SortedSet<ulong> _passed = [];
    private readonly List<ParkedKey> _parked = [];

    public JobId Job { get; } = job;

    /// <summary>Where it stands still; null: nowhere.</summary>
    public StoppedEvent? Stopped { get; set; }

    public IReadOnlyList<ParkedKey> Parked => _parked;

    public bool AreNone => _passed.Count == 0 && _parked.Count == 0 && Stopped is null;

    public bool Passes(ulong offset) => _passed.Contains(offset);

    public bool IsParked(ReadOnlySpan<byte> key, ulong offset)
    {
        foreach (ParkedKey parked in _parked)
        {
            if (parked.Holds(offset) && key.SequenceEqual(parked.Key))
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>Nobody has said until when.</summary>
    public bool IsParkedNow(ReadOnlySpan<byte> key) => IsParked(key, ulong.MaxValue);

    public void Pass(ulong offset) => _passed.Add(offset);

    public void Park(byte[] key, ulong from)
    {
        if (!IsParkedNow(key))
        {
            _parked.Add(new ParkedKey(key, from, null));
        }
    }

    public void Release(byte[] key, ulong until)
    {
        for (int i = 0; i < _parked.Count; i++)
        {
            if (_parked[i].Until is null && _parked[i].Key.AsSpan().SequenceEqual(key))
            {
                _parked[i] = _parked[i] with { Until = until };
            }
        }
    }

    /// <summary>As a control snapshot has it.</summary>
    public void Load(IReadOnlyList<ulong> passed, IReadOnlyList<ParkedKey> parked)
    {
        _passed.UnionWith(passed);
        _parked.AddRange(parked);
    }

    /// <summary>Nobody will restore the task below this offset.</summary>
    public void Forget(ulong below)
    {
        _passed.RemoveWhere(offset => offset < below);
        _parked.RemoveAll(parked => parked.Until <= below);
    }

    /// <param name="from">Verdicts on earlier events are left out.</param>
    public VerdictList From(ulong from) => new(
        _passed.Count == 0 || _passed.Max < from ? [] : [.. _passed.GetViewBetween(from, ulong.MaxValue)],
        [.. _parked]);
}

/// <summary>An event at which a task stands still.</summary>
/// <param name="IsFull">There was no room for another dead letter.</param>
/// <param name="TookProcessDown">It must not even be tried.</param>
internal sealed record StoppedEvent(
    ulong Offset, string Reason, bool IsFull, long UnixMs, bool TookProcessDown = false);
