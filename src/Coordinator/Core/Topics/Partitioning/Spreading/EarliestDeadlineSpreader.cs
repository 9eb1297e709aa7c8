namespace Millrace.Coordinator.Core.Topics.Partitioning.Spreading;

/// <summary>
/// Earliest deadline first: a partition is due each 1 / weight of virtual time, and the one that is due first is
/// chosen, of equals the lowest. In logarithmic time, so it suits many partitions.
/// </summary>
internal sealed class EarliestDeadlineSpreader : Spreader
{
    private readonly double[] _step;
    private readonly PriorityQueue<int, (double Due, int Index)> _due = new();
    private double _now;

    public EarliestDeadlineSpreader(IReadOnlyList<int> weights)
    {
        _step = [.. weights.Select(w => 1.0 / w)];
        for (int i = 0; i < _step.Length; i++)
        {
            if (weights[i] > 0)
            {
                _due.Enqueue(i, (_step[i], i));
            }
        }
    }

    public override int Next(ReadOnlySpan<double> load)
    {
        _due.TryDequeue(out int index, out (double Due, int Index) at);
        _now = at.Due;
        _due.Enqueue(index, (_now + _step[index], index));
        return index;
    }
}
