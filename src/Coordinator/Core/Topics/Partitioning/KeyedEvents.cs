namespace Millrace.Coordinator.Core.Topics.Partitioning;

/// <summary>The keys of a batch's events, as they lie in its message.</summary>
/// <param name="hashes">XXH64 (seed 0) of each.</param>
internal readonly ref struct KeyedEvents(
    ReadOnlySpan<byte> message, ReadOnlySpan<int> starts, ReadOnlySpan<int> lengths, ReadOnlySpan<ulong> hashes)
{
    private readonly ReadOnlySpan<byte> _message = message;
    private readonly ReadOnlySpan<int> _starts = starts;
    private readonly ReadOnlySpan<int> _lengths = lengths;
    private readonly ReadOnlySpan<ulong> _hashes = hashes;

    public int Count => _starts.Length;

    public ReadOnlySpan<byte> Key(int i) => _message.Slice(_starts[i], _lengths[i]);

    public ulong Hash(int i) => _hashes[i];
}
