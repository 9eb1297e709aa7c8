using Millrace.Common.Model;

namespace Millrace.Coordinator.Core.Producers;

/// <summary>What producers are refused with.</summary>
internal static class ProducerRefusals
{
    public static Refusal Fenced(string id, string why) =>
        new(RefusalKind.FailedPrecondition, "PRODUCER_FENCED", $"Producer {id} may not write here any more: {why}.")
        {
            Metadata = new Dictionary<string, string> { ["producer"] = id },
        };

    public static Refusal Expired(string id) =>
        new(
            RefusalKind.FailedPrecondition,
            "PRODUCER_EXPIRED",
            $"Producer {id} was silent for too long and its sequences are forgotten; open it with reset to start over "
                + "at sequence 1, or take a fresh id.")
        {
            Metadata = new Dictionary<string, string> { ["producer"] = id },
        };

    public static Refusal Unknown(string id, ulong epoch) =>
        new(
            RefusalKind.FailedPrecondition,
            "UNKNOWN_PRODUCER",
            $"Producer {id} was never opened with epoch {epoch}; call OpenProducer first.")
        {
            Metadata = new Dictionary<string, string> { ["producer"] = id, ["producerEpoch"] = $"{epoch}" },
        };

    public static Refusal Gap(string id, string topic, ulong expected, ulong got) =>
        new(
            RefusalKind.FailedPrecondition,
            "SEQUENCE_GAP",
            $"Producer {id} skipped sequences of topic {topic}: expected {expected}, got {got}; "
                + $"send from {expected} on.")
        {
            Metadata = new Dictionary<string, string>
            {
                ["producer"] = id,
                ["topic"] = topic,
                ["expectedSequence"] = $"{expected}",
                ["firstSequence"] = $"{got}",
            },
        };
}
