using System.Text.Json.Serialization;

namespace Millrace.Benchmarks.Balance;

/// <summary>What one strategy did about a worker at half speed that had the hot partition. Utilisations are worked out
/// from the rates sent and from who owned what, not from what the cluster believes.</summary>
internal sealed record BalanceRow
{
    [JsonPropertyName("strategy")]
    public required string Strategy { get; init; }

    /// <summary>Work offered to the most used worker, over what it can do in the time; before anything was
    /// moved.</summary>
    [JsonPropertyName("utilisation_max_before")]
    public required double MaxBefore { get; init; }

    [JsonPropertyName("utilisation_max_after")]
    public required double MaxAfter { get; init; }

    /// <summary>All work over what all workers can do; the same before and after.</summary>
    [JsonPropertyName("utilisation_mean")]
    public required double Mean { get; init; }

    [JsonPropertyName("max_over_mean_before")]
    public required double ImbalanceBefore { get; init; }

    [JsonPropertyName("max_over_mean_after")]
    public required double ImbalanceAfter { get; init; }

    /// <summary>Events stored and not applied, when the first window ended.</summary>
    [JsonPropertyName("lag_events_before")]
    public required double LagBefore { get; init; }

    /// <summary>The same at the end: the mean of the last seconds.</summary>
    [JsonPropertyName("lag_events_after")]
    public required double LagAfter { get; init; }

    /// <summary>Times that a task changed hands.</summary>
    [JsonPropertyName("moves")]
    public required int Moves { get; init; }

    /// <summary>Plans that the rebalancer made.</summary>
    [JsonPropertyName("rounds")]
    public required int Rounds { get; init; }

    /// <summary>From the beginning of the load until no worker was above the level at which balancing begins, for good;
    /// null: never.</summary>
    [JsonPropertyName("settled_after_s")]
    public required double? SettledAfterSeconds { get; init; }

    /// <summary>Tasks that changed hands more than once.</summary>
    [JsonPropertyName("moved_again")]
    public required int MovedAgain { get; init; }

    /// <summary>Every key was counted as often as it was sent.</summary>
    [JsonPropertyName("exact")]
    public required bool Exact { get; init; }
}
