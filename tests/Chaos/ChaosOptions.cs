using System.Globalization;

namespace Millrace.Chaos;

/// <param name="Time">No round starts later than this.</param>
/// <param name="EventsEach">Events of each of four producers in a round.</param>
/// <param name="Kinds">Drawn from with equal chance; a kind may be named twice.</param>
internal sealed record ChaosOptions(TimeSpan Time, int Seed, long EventsEach, string? Json, FaultKind[] Kinds)
{
    public static string Usage { get; } =
        "usage: chaos --minutes M [--seed S] [--events N] [--faults KIND,KIND...] [--json FILE]\n"
        + "kinds: " + string.Join(' ', Enum.GetValues<FaultKind>().Select(ChaosReport.Name));

    /// <returns>Null: not understood.</returns>
    public static ChaosOptions? Parse(string[] arguments)
    {
        var options = new ChaosOptions(TimeSpan.FromMinutes(1), 1, 60_000, null, Enum.GetValues<FaultKind>());
        for (int i = 0; i + 1 < arguments.Length; i += 2)
        {
            string value = arguments[i + 1];
            ChaosOptions? next = arguments[i] switch
            {
                "--minutes" when double.TryParse(value, CultureInfo.InvariantCulture, out double minutes) =>
                    options with { Time = TimeSpan.FromMinutes(minutes) },
                "--seed" when int.TryParse(value, CultureInfo.InvariantCulture, out int seed) =>
                    options with { Seed = seed },
                "--events" when long.TryParse(value, CultureInfo.InvariantCulture, out long events) && events > 0 =>
                    options with { EventsEach = events },
                "--json" => options with { Json = value },
                "--faults" when ParseKinds(value) is { } kinds => options with { Kinds = kinds },
                _ => null,
            };
            if (next is null)
            {
                return null;
            }

            options = next;
        }

        return arguments.Length % 2 == 0 ? options : null;
    }

    private static FaultKind[]? ParseKinds(string names)
    {
        var known = Enum.GetValues<FaultKind>().ToDictionary(ChaosReport.Name);
        string[] asked = names.Split(',');
        return asked.All(known.ContainsKey) ? [.. asked.Select(name => known[name])] : null;
    }
}
