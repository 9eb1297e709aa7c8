using Millrace.Common.Model;

namespace Millrace.Worker.Core.State;

/// <summary>What a snapshot says about itself. Nothing in it depends on when or by whom it was taken.</summary>
/// <param name="Operator">The operator whose state it is.</param>
/// <param name="KeyGroups">The key groups that it covers, of <paramref name="KeyGroupCount"/>.</param>
/// <param name="Position">Journal position that the state includes: the end of a frame.</param>
/// <param name="NextOffset">Offset of the next event.</param>
/// <param name="HashSum">Sum mod 2^64 of XXH64 (seed 0) over every entry before it.</param>
internal sealed record SnapshotHeader(
    string Operator,
    KeyGroupRange KeyGroups,
    int KeyGroupCount,
    ulong Position,
    ulong NextOffset,
    ulong HashSum)
{
    /// <summary>The last output sequence for each topic, in order of topic names.</summary>
    public IReadOnlyList<OutputMark> Outputs { get; init; } = [];

    /// <summary>The snapshot that this one comes after: only what has changed since is in it; empty: it is
    /// whole.</summary>
    public string Base { get; init; } = "";
}
