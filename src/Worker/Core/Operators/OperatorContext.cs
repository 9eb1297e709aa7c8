using Millrace.Common.Keys;
using Millrace.Common.Model;

namespace Millrace.Worker.Core.Operators;

/// <summary>What an operator is told about the task that it runs for.</summary>
/// <param name="KeyGroups">The key groups whose keys it will see, of <paramref name="KeyGroupCount"/>.</param>
/// <param name="Function">How a key's group follows from its bytes.</param>
internal sealed record OperatorContext(
    KeyGroupRange KeyGroups, int KeyGroupCount, KeyFunction Function = KeyFunction.Xxh64)
{
    /// <summary>Keys have no groups: all that the task keeps is one.</summary>
    public bool IsOneGroup => Function == KeyFunction.Partition;

    /// <summary>The group under which a key's state is kept.</summary>
    public int GroupOf(ReadOnlySpan<byte> key) =>
        IsOneGroup ? KeyGroups.First : Function.GroupOf(key, KeyGroupCount);
}
