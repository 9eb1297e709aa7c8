using System.Globalization;
using System.Numerics;
using System.Runtime.InteropServices;

namespace Millrace.Simulation.Engine;

/// <summary>Everything noteworthy of a run and every step of it, folded to one number: the same seed must give the same
/// number. Keeps the lines only when asked to.</summary>
internal sealed class Trace(Scheduler scheduler, TextWriter? writer)
{
    private readonly Dictionary<string, int> _counts = [];
    private ulong _hash = 14695981039346656037;

    public ulong Hash => _hash ^ BitOperations.RotateLeft(scheduler.Hash, 32);

    /// <summary>How often each thing happened.</summary>
    public IReadOnlyDictionary<string, int> Counts => _counts;

    /// <param name="what">A constant word.</param>
    public void Add(string what, string who, ulong a = 0, ulong b = 0, ulong c = 0)
    {
        CollectionsMarshal.GetValueRefOrAddDefault(_counts, what, out _)++;
        Mix((ulong)scheduler.NowUs);
        Mix(what);
        Mix(who);
        Mix(a);
        Mix(b);
        Mix(c);
        writer?.WriteLine(string.Create(
            CultureInfo.InvariantCulture, $"{scheduler.NowUs / 1e6,10:F6} {who,-14} {what} {a} {b} {c}"));
    }

    /// <summary>Words for the reader of a replay; not part of the hash.</summary>
    public void Say(string who, string words) =>
        writer?.WriteLine(string.Create(
            CultureInfo.InvariantCulture, $"{scheduler.NowUs / 1e6,10:F6} {who,-14} {words}"));

    private void Mix(string text)
    {
        foreach (char c in text)
        {
            _hash = (_hash ^ c) * 1099511628211;
        }
    }

    private void Mix(ulong value)
    {
        _hash = (_hash ^ value) * 0x9E3779B97F4A7C15;
        _hash ^= _hash >> 29;
    }
}
