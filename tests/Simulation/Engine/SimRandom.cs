using System.Numerics;

namespace Millrace.Simulation.Engine;

/// <summary>
/// xoshiro256** seeded by SplitMix64. Forked by label, so that one more draw in one part of a run does not shift the
/// draws of the others; own code, so that a seed means the same on every runtime.
/// </summary>
internal sealed class SimRandom
{
    private readonly ulong _origin;
    private ulong _a;
    private ulong _b;
    private ulong _c;
    private ulong _d;

    public SimRandom(ulong seed)
    {
        _origin = seed;
        ulong state = seed;
        _a = SplitMix(ref state);
        _b = SplitMix(ref state);
        _c = SplitMix(ref state);
        _d = SplitMix(ref state);
    }

    /// <summary>A generator of its own for one subject; depends on the label and the seed, not on draws made so
    /// far.</summary>
    public SimRandom Fork(string label)
    {
        ulong hash = 14695981039346656037;
        foreach (char c in label)
        {
            hash = (hash ^ c) * 1099511628211;
        }

        return new SimRandom(_origin ^ BitOperations.RotateLeft(hash, 17) * 0x9E3779B97F4A7C15);
    }

    public ulong NextUInt64()
    {
        ulong result = BitOperations.RotateLeft(_b * 5, 7) * 9;
        ulong t = _b << 17;
        _c ^= _a;
        _d ^= _b;
        _b ^= _c;
        _a ^= _d;
        _c ^= t;
        _d = BitOperations.RotateLeft(_d, 45);
        return result;
    }

    /// <summary>From 0 up to but not including <paramref name="end"/>.</summary>
    public int Below(int end) => (int)Math.BigMul(NextUInt64(), (ulong)end, out _);

    /// <summary>From <paramref name="first"/> up to and including <paramref name="last"/>.</summary>
    public int Between(int first, int last) => first + Below(last - first + 1);

    public long Between(long first, long last) =>
        first + (long)Math.BigMul(NextUInt64(), (ulong)(last - first + 1), out _);

    public double Fraction() => (NextUInt64() >> 11) * (1.0 / (1UL << 53));

    public bool Chance(double probability) => Fraction() < probability;

    public T Pick<T>(IReadOnlyList<T> of) => of[Below(of.Count)];

    private static ulong SplitMix(ref ulong state)
    {
        ulong z = state += 0x9E3779B97F4A7C15;
        z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
        z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
        return z ^ (z >> 31);
    }
}
