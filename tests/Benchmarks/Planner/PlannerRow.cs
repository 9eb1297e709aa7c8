using System.Text.Json.Serialization;

namespace Millrace.Benchmarks.Planner;

/// <summary>What one shape measured, the worst of all seeds; times are over all seeds and repetitions.</summary>
internal sealed record PlannerRow
{
    [JsonPropertyName("shape")]
    public required string Shape { get; init; }

    [JsonPropertyName("full_p99_ms")]
    public required double FullP99Ms { get; init; }

    [JsonPropertyName("full_imbalance")]
    public required double FullImbalance { get; init; }

    [JsonPropertyName("incremental_p99_ms")]
    public required double IncrementalP99Ms { get; init; }

    [JsonPropertyName("incremental_imbalance")]
    public required double IncrementalImbalance { get; init; }

    /// <summary>Of all state, by the incremental plan.</summary>
    [JsonPropertyName("bytes_moved_ratio")]
    public required double BytesMovedRatio { get; init; }

    [JsonPropertyName("leave_moves")]
    public required int LeaveMoves { get; init; }

    [JsonPropertyName("leave_orphans")]
    public required int LeaveOrphans { get; init; }

    [JsonPropertyName("join_moves")]
    public required int JoinMoves { get; init; }

    /// <summary>The newcomer's share of the number of partitions, by capacity.</summary>
    [JsonPropertyName("join_fair_share")]
    public required int JoinFairShare { get; init; }

    [JsonPropertyName("full_p50_ms")]
    public required double FullP50Ms { get; init; }

    [JsonPropertyName("incremental_p50_ms")]
    public required double IncrementalP50Ms { get; init; }

    [JsonPropertyName("incremental_moves")]
    public required int IncrementalMoves { get; init; }

    /// <summary>Imbalance that the incremental plan begins with.</summary>
    [JsonPropertyName("skew")]
    public required double Skew { get; init; }

    /// <summary>No assignment of whole partitions gets lower: before the skew, and with it.</summary>
    [JsonPropertyName("full_lower_bound")]
    public required double FullLowerBound { get; init; }

    [JsonPropertyName("incremental_lower_bound")]
    public required double IncrementalLowerBound { get; init; }

    [JsonPropertyName("seeds")]
    public required int Seeds { get; init; }

    [JsonPropertyName("twins")]
    public required IReadOnlyList<TwinRow> Twins { get; init; }
}

/// <summary>What another way to assign does with the same input.</summary>
internal sealed record TwinRow
{
    [JsonPropertyName("name")]
    public required string Name { get; init; }

    /// <summary>From nothing.</summary>
    [JsonPropertyName("full_p50_ms")]
    public required double FullP50Ms { get; init; }

    [JsonPropertyName("full_imbalance")]
    public required double FullImbalance { get; init; }

    /// <summary>After the skew, having been asked again.</summary>
    [JsonPropertyName("skewed_imbalance")]
    public required double SkewedImbalance { get; init; }

    [JsonPropertyName("leave_moves")]
    public required int LeaveMoves { get; init; }

    [JsonPropertyName("leave_orphans")]
    public required int LeaveOrphans { get; init; }

    [JsonPropertyName("join_moves")]
    public required int JoinMoves { get; init; }
}
