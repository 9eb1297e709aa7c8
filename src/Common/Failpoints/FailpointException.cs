namespace Millrace.Common.Failpoints;

/// <summary>Thrown by a failpoint that was told to.</summary>
public sealed class FailpointException(string name) : Exception($"Failpoint {name} was told to throw.");
