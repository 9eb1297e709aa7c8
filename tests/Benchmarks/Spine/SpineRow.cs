using System.Text.Json.Serialization;

namespace Millrace.Benchmarks.Spine;

/// <summary>What one batch size measured; figures of the whole run are repeated in every row, skipped ones are
/// null.</summary>
internal sealed record SpineRow
{
    [JsonPropertyName("batch")]
    public required int Batch { get; init; }

    [JsonPropertyName("events_per_second")]
    public required double EventsPerSecond { get; init; }

    [JsonPropertyName("ceiling_events_per_second")]
    public required double CeilingEventsPerSecond { get; init; }

    [JsonPropertyName("ratio")]
    public double Ratio => EventsPerSecond / CeilingEventsPerSecond;

    [JsonPropertyName("cpu_ns_per_event")]
    public required CpuPerEvent CpuNsPerEvent { get; init; }

    [JsonPropertyName("ack_p50_ms")]
    public required double AckP50Ms { get; init; }

    [JsonPropertyName("ack_p99_ms")]
    public required double AckP99Ms { get; init; }

    [JsonPropertyName("ceiling_ack_p99_ms")]
    public required double CeilingAckP99Ms { get; init; }

    [JsonPropertyName("sync_p99_ms")]
    public required double SyncP99Ms { get; init; }

    [JsonPropertyName("failover_max_ms")]
    public double? FailoverMaxMs { get; init; }

    [JsonPropertyName("restart_ms")]
    public double? RestartMs { get; init; }

    [JsonPropertyName("reconciled")]
    public bool? Reconciled { get; init; }
}

/// <summary>Processor time per event, in nanoseconds; the two workers together.</summary>
internal sealed record CpuPerEvent(
    [property: JsonPropertyName("producer")] double Producer,
    [property: JsonPropertyName("coordinator")] double Coordinator,
    [property: JsonPropertyName("workers")] double Workers);
