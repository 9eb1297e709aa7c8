namespace Millrace.Coordinator.Core.Topics.Partitioning.Spreading;

/// <summary>
/// Each as likely as its weight says, in constant time: Walker's alias table. Column i stands for an equal part of all
/// chance; it is shared by i itself, up to its threshold, and one other that has more than an equal part.
/// </summary>
internal sealed class WeightedRandomSpreader : Spreader
{
    private readonly double[] _threshold;
    private readonly int[] _alias;
    private SplitMix _random;

    public WeightedRandomSpreader(IReadOnlyList<int> weights, ulong seed)
    {
        _random = new SplitMix(seed);
        double total = weights.Sum(w => (double)w);
        double[] left = [.. weights.Select(w => w * weights.Count / total)];
        _threshold = new double[weights.Count];
        _alias = [.. Enumerable.Range(0, weights.Count)];
        var small = new Stack<int>(Enumerable.Range(0, weights.Count).Where(i => left[i] < 1));
        var large = new Stack<int>(Enumerable.Range(0, weights.Count).Where(i => left[i] >= 1));
        while (small.Count > 0 && large.Count > 0)
        {
            int under = small.Pop();
            int over = large.Pop();
            _threshold[under] = left[under];
            _alias[under] = over;
            left[over] -= 1 - left[under];
            (left[over] < 1 ? small : large).Push(over);
        }

        // Rounding leaves columns that are full but for a hair; one without weight is never among them, because it is
        // the first to be taken from a stack that still has its counterpart.
        foreach (int full in small.Concat(large))
        {
            _threshold[full] = weights[full] == 0 ? 0 : 1;
            _alias[full] = weights[full] == 0 ? Heaviest(weights) : full;
        }
    }

    public override int Next(ReadOnlySpan<double> load)
    {
        int column = _random.Next(_threshold.Length);
        return _random.NextDouble() < _threshold[column] ? column : _alias[column];
    }

    private static int Heaviest(IReadOnlyList<int> weights) =>
        Enumerable.Range(0, weights.Count).MaxBy(i => weights[i]);
}
