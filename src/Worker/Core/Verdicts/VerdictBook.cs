using Millrace.Common.Failpoints;
using Millrace.Common.Model;

namespace Millrace.Worker.Core.Verdicts;

/// <summary>
/// The verdicts on a task's poisoned events, as the coordinator has journaled them. Each one holds from a fixed offset
/// on, so a replay meets the same verdicts at the same events, whoever replays and from wherever.
/// </summary>
internal sealed class VerdictBook
{
    private readonly SortedSet<ulong> _passed = [];
    private readonly Dictionary<byte[], List<ParkedKey>> _parked = new(ByBytes.Instance);

    /// <param name="next">Offset of the next event.</param>
    public VerdictBook(VerdictList verdicts, ulong next) => Take(verdicts, next);

    /// <summary>Verdicts to pass over events are added to those that are known. The parked keys are all that there are,
    /// apart from those that were released at an event that the owner has committed and this copy has still to
    /// see.</summary>
    /// <param name="next">Offset of the next event.</param>
    public void Take(VerdictList verdicts, ulong next)
    {
        _passed.UnionWith(verdicts.Passed);
        ParkedKey[] ahead = [.. _parked.Values.SelectMany(spans => spans).Where(span => span.Until > next)];
        _parked.Clear();
        foreach (ParkedKey parked in verdicts.Parked.Concat(ahead))
        {
            if (!_parked.TryGetValue(parked.Key, out List<ParkedKey>? spans))
            {
                _parked[parked.Key] = spans = [];
            }

            if (!spans.Exists(span => span.From == parked.From))
            {
                spans.Add(parked);
            }
        }
    }

    /// <summary>Nothing is known that could touch these events.</summary>
    public bool AreFree(ulong offset, int count) =>
        _parked.Count == 0
        && (_passed.Count == 0 || _passed.Max < offset || _passed.Min >= offset + (uint)count);

    /// <summary>The event is not to be applied: it was skipped or is a dead letter.</summary>
    public bool Passes(ulong offset) => _passed.Contains(offset);

    public bool IsParked(ReadOnlySpan<byte> key, ulong offset)
    {
        if (_parked.Count == 0
            || Mutants.Is(Mutant.ParkedKeyIgnored)
            || !_parked.GetAlternateLookup<ReadOnlySpan<byte>>().TryGetValue(key, out List<ParkedKey>? spans))
        {
            return false;
        }

        foreach (ParkedKey span in spans)
        {
            if (span.Holds(offset))
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>The task has come to this offset and never falls below it.</summary>
    public void Forget(ulong below)
    {
        while (_passed.Count > 0 && _passed.Min < below)
        {
            _passed.Remove(_passed.Min);
        }
    }

    private sealed class ByBytes : IEqualityComparer<byte[]>, IAlternateEqualityComparer<ReadOnlySpan<byte>, byte[]>
    {
        public static ByBytes Instance { get; } = new();

        public bool Equals(byte[]? x, byte[]? y) => x.AsSpan().SequenceEqual(y);

        public int GetHashCode(byte[] obj) => GetHashCode(obj.AsSpan());

        public bool Equals(ReadOnlySpan<byte> alternate, byte[] other) => alternate.SequenceEqual(other);

        public int GetHashCode(ReadOnlySpan<byte> alternate) =>
            unchecked((int)Common.Keys.XxHash64.Hash(alternate));

        public byte[] Create(ReadOnlySpan<byte> alternate) => alternate.ToArray();
    }
}
