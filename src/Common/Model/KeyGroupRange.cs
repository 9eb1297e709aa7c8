using System.Text.Json.Serialization;

namespace Millrace.Common.Model;

/// <summary>Contiguous key groups, from <paramref name="First"/> up to but not including <paramref
/// name="End"/>.</summary>
public readonly record struct KeyGroupRange(int First, int End)
{
    [JsonIgnore]
    public int Count => End - First;

    public bool Contains(int group) => group >= First && group < End;

    public override string ToString() => $"[{First}, {End})";
}
