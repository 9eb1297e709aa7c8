using Millrace.Common.Model;

namespace Millrace.Simulation.Messages;

/// <summary>First message of a stream: what it is for.</summary>
internal sealed record OpenProducerCall(string ProducerId, bool Reset);

internal sealed record OpenProducerAnswer(
    string ProducerId,
    ulong Epoch,
    IReadOnlyList<(string Topic, ulong LastSequence)> Topics,
    ulong Incarnation);

/// <param name="Entries">Encoded events, one after another, as the wire has them.</param>
internal sealed record PublishBatch(
    string ProducerId, ulong ProducerEpoch, string Topic, ulong FirstSequence, byte[] Entries);

internal sealed record PublishAck(string Topic, ulong LastSequence, ulong Position, ulong Incarnation);

/// <summary>Last message of a stream or answer to a call: it was refused.</summary>
internal sealed record Refused(Refusal Why);
