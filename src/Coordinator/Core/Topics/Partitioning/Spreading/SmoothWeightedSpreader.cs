namespace Millrace.Coordinator.Core.Topics.Partitioning.Spreading;

/// <summary>
/// Smooth weighted round robin, as nginx does it: everyone gains its weight, the richest is chosen and pays the sum of
/// all weights. Of any sum-of-weights choices in a row from the start each gets exactly its weight, spread out. Costs a
/// walk over all partitions, once per batch.
/// </summary>
internal sealed class SmoothWeightedSpreader(IReadOnlyList<int> weights) : Spreader
{
    private readonly long[] _weights = [.. weights.Select(w => (long)w)];
    private readonly long[] _credit = new long[weights.Count];
    private readonly long _total = weights.Sum(w => (long)w);

    public override int Next(ReadOnlySpan<double> load)
    {
        int best = -1;
        for (int i = 0; i < _credit.Length; i++)
        {
            _credit[i] += _weights[i];
            if (_weights[i] > 0 && (best < 0 || _credit[i] > _credit[best]))
            {
                best = i;
            }
        }

        _credit[best] -= _total;
        return best;
    }
}
