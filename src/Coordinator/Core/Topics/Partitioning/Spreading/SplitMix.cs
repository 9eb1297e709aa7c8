namespace Millrace.Coordinator.Core.Topics.Partitioning.Spreading;

/// <summary>SplitMix64: a small generator whose sequence follows from its seed. Mutable: keep it in a field.</summary>
internal struct SplitMix(ulong seed)
{
    private ulong _state = seed;

    public ulong Next()
    {
        ulong z = unchecked(_state += 0x9E3779B97F4A7C15);
        z = unchecked((z ^ (z >> 30)) * 0xBF58476D1CE4E5B9);
        z = unchecked((z ^ (z >> 27)) * 0x94D049BB133111EB);
        return z ^ (z >> 31);
    }

    /// <summary>0 to <paramref name="below"/> - 1, each as likely as the others but for 2^-32.</summary>
    public int Next(int below) => (int)Math.BigMul(Next(), (ulong)below, out _);

    /// <summary>0 (included) to 1 (excluded).</summary>
    public double NextDouble() => (Next() >> 11) * (1.0 / (1UL << 53));
}
