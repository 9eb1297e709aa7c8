using Millrace.Coordinator.Core.Operations;

namespace Millrace.Simulation.Messages;

internal sealed record CreateTopicCall(string Name, int Partitions, int KeyGroups, long RetentionMs, string RequestId);

internal sealed record DeployJobCall(string Name, string Operator, string Topic, string RequestId, int Standbys);

/// <summary>A change that an operator wants.</summary>
internal sealed record OperatorCall(Func<long, OperatorInput> Make);

internal sealed record SplitPartitionCall(string Topic, int Index, int AtKeyGroup, string RequestId);

internal sealed record MergePartitionsCall(string Topic, int Index, int Other, string RequestId);

/// <summary>An admin call did what it was to do.</summary>
internal sealed record Done(object Result);
