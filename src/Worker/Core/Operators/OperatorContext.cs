using Millrace.Common.Model;

namespace Millrace.Worker.Core.Operators;

/// <summary>What an operator is told about the task that it runs for.</summary>
/// <param name="KeyGroups">The key groups whose keys it will see, of <paramref name="KeyGroupCount"/>.</param>
internal sealed record OperatorContext(KeyGroupRange KeyGroups, int KeyGroupCount);
