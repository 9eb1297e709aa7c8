namespace Millrace.Coordinator.Core.Placement.Planning;

/// <summary>Deals moves out to waves, so that no worker takes part in too many transfers at a time.</summary>
internal sealed class Waves(int workers, int transfersPerWorker)
{
    private readonly int[] _wave = new int[workers];
    private readonly int[] _used = new int[workers];

    /// <summary>The wave of the next move; a move never gets an earlier wave than one before it of the same
    /// worker.</summary>
    public int Next(int from, int to)
    {
        int wave = Math.Max(Free(from), Free(to));
        Use(from, wave);
        Use(to, wave);
        return wave;
    }

    private int Free(int worker)
    {
        if (worker < 0)
        {
            return 0;
        }

        return _used[worker] < transfersPerWorker ? _wave[worker] : _wave[worker] + 1;
    }

    private void Use(int worker, int wave)
    {
        if (worker < 0)
        {
            return;
        }

        _used[worker] = wave == _wave[worker] ? _used[worker] + 1 : 1;
        _wave[worker] = wave;
    }
}
