using Millrace.Coordinator.Core.Operations;
using Millrace.Coordinator.Core.Topics.Partitioning;

namespace Millrace.Simulation.Messages;

/// <param name="KeyGroups">0: as its partitioning has it.</param>
internal sealed record CreateTopicCall(
    string Name, int Partitions, int KeyGroups, long RetentionMs, PartitioningSpec Partitioning, string RequestId);

internal sealed record DeployJobCall(string Name, string Operator, string Topic, string RequestId, int Standbys);

/// <summary>A change that an operator wants.</summary>
internal sealed record OperatorCall(Func<long, OperatorInput> Make);

/// <summary>Of the last three only what the topic's partitioning is cut by is said.</summary>
internal sealed record SplitPartitionCall(
    string Topic, int Index, string RequestId, int AtKeyGroup, byte[] AtKey, IReadOnlyList<byte[]> Keys);

internal sealed record MergePartitionsCall(string Topic, int Index, int Other, string RequestId);

/// <summary>An admin call did what it was to do.</summary>
internal sealed record Done(object Result);
