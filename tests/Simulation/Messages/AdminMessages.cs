namespace Millrace.Simulation.Messages;

internal sealed record CreateTopicCall(string Name, int Partitions, int KeyGroups, long RetentionMs, string RequestId);

internal sealed record DeployJobCall(string Name, string Operator, string Topic, string RequestId);

/// <summary>An admin call did what it was to do.</summary>
internal sealed record Done(object Result);
