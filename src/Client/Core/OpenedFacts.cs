namespace Millrace.Client.Core;

/// <summary>What the coordinator said when it opened the producer.</summary>
/// <param name="Epoch">Also the journal position of the record that opened it: everything durable by then lies
/// below.</param>
/// <param name="Durable">The last durable sequence of each topic that the producer ever wrote to.</param>
internal sealed record OpenedFacts(string ProducerId, ulong Epoch, IReadOnlyDictionary<string, ulong> Durable)
{
    public int MaxBatchBytes { get; init; } = int.MaxValue;

    public int MaxBatchEvents { get; init; } = int.MaxValue;

    public int MaxEventBytes { get; init; } = int.MaxValue;
}
