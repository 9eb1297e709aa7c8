using System.Globalization;

namespace Millrace.Simulation.Run;

/// <summary>A part of what a seed draws: what is left out changes nothing about the draws of the rest.</summary>
internal sealed record Reduction
{
    /// <summary>The seed as it is.</summary>
    public static Reduction None { get; } = new();

    /// <summary>The faults that happen, by their number in the run from 1, ascending; null: all.</summary>
    public IReadOnlyList<int>? Faults { get; init; }

    public int Workers { get; init; } = int.MaxValue;

    public int Producers { get; init; } = int.MaxValue;

    /// <summary>How many events each producer sends to each topic at most.</summary>
    public int Events { get; init; } = int.MaxValue;

    /// <summary>As the command line takes it, with a space in front; empty: nothing is left out.</summary>
    public string Words => string.Concat(
        Faults is null ? "" : $" --faults {(Faults.Count == 0 ? "none" : string.Join(',', Faults))}",
        Word("workers", Workers),
        Word("producers", Producers),
        Word("events", Events));

    /// <summary>Reads numbers with commas between them, or "none"; null: it is neither.</summary>
    public static IReadOnlyList<int>? ParseFaults(string text)
    {
        string[] parts = text == "none" ? [] : text.Split(',');
        var faults = new List<int>();
        foreach (string part in parts)
        {
            if (!int.TryParse(part, NumberStyles.None, CultureInfo.InvariantCulture, out int fault))
            {
                return null;
            }

            faults.Add(fault);
        }

        return faults;
    }

    public bool Keeps(int fault) => Faults is null || Faults.Contains(fault);

    public SimOptions Of(SimOptions drawn) => drawn with
    {
        Workers = Math.Min(drawn.Workers, Workers),
        Producers = Math.Min(drawn.Producers, Producers),
        EventsPerLane = Math.Min(drawn.EventsPerLane, Events),
    };

    private static string Word(string name, int value) => value == int.MaxValue ? "" : $" --{name} {value}";
}
