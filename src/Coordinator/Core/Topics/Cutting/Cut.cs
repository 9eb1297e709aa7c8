using Millrace.Common.Keys;
using Millrace.Common.Model;

namespace Millrace.Coordinator.Core.Topics.Cutting;

/// <summary>What partitions shall be replaced by, or why they are not.</summary>
internal sealed record Cut(Refusal? Refusal, params Piece[] Pieces)
{
    /// <summary>Where the place was not asked for: how it was found, for people. Else empty.</summary>
    public string Basis { get; init; } = "";

    public static implicit operator Cut(Refusal refusal) => new(refusal);
}

/// <summary>What a new partition takes over: of hash topics key groups, of others keys.</summary>
internal sealed record Piece(KeyGroupRange KeyGroups = default, KeyShare? Share = null);
