using System.Globalization;

namespace Millrace.Coordinator.Core.Producers;

/// <summary>Producer ids that the coordinator chooses for clients that bring none.</summary>
internal static class ChosenIds
{
    private const string Prefix = "auto-";

    public static string Of(ulong number) => string.Create(CultureInfo.InvariantCulture, $"{Prefix}{number}");

    /// <summary>Null: not an id of this form.</summary>
    public static ulong? NumberOf(string id) =>
        id.StartsWith(Prefix, StringComparison.Ordinal)
        && ulong.TryParse(id.AsSpan(Prefix.Length), NumberStyles.None, CultureInfo.InvariantCulture, out ulong number)
            ? number
            : null;
}
