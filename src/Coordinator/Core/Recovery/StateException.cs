namespace Millrace.Coordinator.Core.Recovery;

/// <summary>The journal says something that can not follow from what it said before: it is damaged, or a decision was
/// wrong. The process must stop rather than go on from there.</summary>
internal sealed class StateException(string message) : Exception($"Control state is contradicted: {message}.");
