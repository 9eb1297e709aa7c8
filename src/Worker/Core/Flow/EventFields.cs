namespace Millrace.Worker.Core.Flow;

/// <summary>Where one event's parts lie in a block's bytes.</summary>
internal struct EventFields
{
    public int EntryStart;
    public int EntryLength;
    public int KeyStart;
    public int KeyLength;
    public int ValueStart;
    public int ValueLength;

    /// <summary>Milliseconds since 1970-01-01 UTC; 0: the producer did not say.</summary>
    public long TimeMs;

    /// <summary>XXH64 (seed 0) of the key.</summary>
    public ulong KeyHash;
}
