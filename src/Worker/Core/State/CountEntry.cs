namespace Millrace.Worker.Core.State;

/// <summary>A key and how often it occurred. Entries lie densely, in the order in which their keys first
/// occurred.</summary>
internal struct CountEntry(KeyRef key)
{
    public readonly KeyRef Key = key;

    public ulong Count = 0;
}
