using System.Globalization;
using Millrace.Chaos.Injection;

namespace Millrace.Chaos;

/// <summary>What a run of chaos is told.</summary>
internal sealed record ChaosOptions
{
    private const int FaultsPerRound = 20;

    /// <summary>Planted bugs by their names here.</summary>
    private static readonly Dictionary<string, string> _controls = new() { ["no-sync"] = "JournalNotSynced" };

    public static string Usage { get; } =
        "usage: chaos --minutes M | --once yes [--faults KIND,KIND...] [--seed S] [--rate EVENTS_A_SECOND]\n"
        + "             [--events N] [--lease SECONDS] [--paused-lease SECONDS]\n"
        + "             [--control no-sync] [--json FILE]\n"
        + "kinds: " + string.Join(' ', Enum.GetValues<FaultKind>().Select(kind => ChaosReport.Name(kind)));

    /// <summary>No round starts later than this. Null: every kind once, and then the end.</summary>
    public TimeSpan? Time { get; init; } = TimeSpan.FromMinutes(1);

    public int Seed { get; init; } = 1;

    /// <summary>No fault is begun in a round after so many acks.</summary>
    public long Events { get; init; } = 500_000;

    /// <summary>Events a second that producers send, all together.</summary>
    public long Rate { get; init; } = 24_000;

    /// <summary>As a user gets it, like <see cref="PausedLease"/>.</summary>
    public TimeSpan Lease { get; init; } = TimeSpan.FromSeconds(3);

    /// <summary>Of workers that are known to be paused.</summary>
    public TimeSpan PausedLease { get; init; } = TimeSpan.FromSeconds(15);

    public string? Json { get; init; }

    /// <summary>Drawn from with equal chance; a kind may be named twice.</summary>
    public FaultKind[] Kinds { get; init; } = Enum.GetValues<FaultKind>();

    /// <summary>A planted bug that the checks must see; null: none.</summary>
    public string? Control { get; init; }

    /// <returns>Null: not understood.</returns>
    public static ChaosOptions? Parse(string[] arguments)
    {
        var options = new ChaosOptions();
        for (int i = 0; i + 1 < arguments.Length; i += 2)
        {
            if (options.With(arguments[i], arguments[i + 1]) is not { } next)
            {
                return null;
            }

            options = next;
        }

        return arguments.Length % 2 == 0 ? options : null;
    }

    /// <summary>What the next round does: faults that need relays and faults that need real addresses take
    /// turns.</summary>
    /// <param name="left">Kinds that are still to come, where each comes once.</param>
    /// <param name="elapsed">The time spent so far.</param>
    public RoundPlan Plan(int round, Random random, List<FaultKind> left, Func<TimeSpan> elapsed)
    {
        FaultKind[] network = [.. left.Where(FaultInjector.NeedsNetwork)];
        FaultKind[] links = [.. left.Where(FaultInjector.NeedsLinks)];
        FaultKind[] now = network.Length > 0 && (links.Length == 0 || round % 2 == 1) ? network : links;
        FaultKind[] kinds =
            [.. left.Where(kind => !FaultInjector.NeedsNetwork(kind) && !FaultInjector.NeedsLinks(kind)), .. now];
        if (Time is null)
        {
            left.RemoveAll(kinds.Contains);
            random.Shuffle(kinds);
        }
        else
        {
            kinds = random.GetItems(kinds, FaultsPerRound);
        }

        return new RoundPlan
        {
            Faults = kinds,
            MostEvents = Time is null ? long.MaxValue : Events,
            Rate = Rate,
            IsOver = () => elapsed() > Time,
            Lease = Lease,
            PausedLease = PausedLease,
            Mutant = Control is null ? "" : _controls[Control],
        };
    }

    private ChaosOptions? With(string name, string value) => name switch
    {
        "--minutes" when double.TryParse(value, CultureInfo.InvariantCulture, out double minutes) =>
            this with { Time = TimeSpan.FromMinutes(minutes) },
        "--once" when value == "yes" => this with { Time = null },
        "--seed" when int.TryParse(value, CultureInfo.InvariantCulture, out int seed) => this with { Seed = seed },
        "--events" when long.TryParse(value, CultureInfo.InvariantCulture, out long events) && events > 0 =>
            this with { Events = events },
        "--rate" when long.TryParse(value, CultureInfo.InvariantCulture, out long rate) && rate > 0 =>
            this with { Rate = rate },
        "--lease" when Seconds(value) is { } lease => this with { Lease = lease },
        "--paused-lease" when Seconds(value) is { } paused => this with { PausedLease = paused },
        "--json" => this with { Json = value },
        "--faults" when ParseKinds(value) is { } kinds => this with { Kinds = kinds },
        "--control" when _controls.ContainsKey(value) => this with { Control = value },
        _ => null,
    };

    private static TimeSpan? Seconds(string value) =>
        double.TryParse(value, CultureInfo.InvariantCulture, out double seconds) && seconds >= 1
            ? TimeSpan.FromSeconds(seconds)
            : null;

    private static FaultKind[]? ParseKinds(string names)
    {
        var known = Enum.GetValues<FaultKind>().ToDictionary(kind => ChaosReport.Name(kind));
        string[] asked = names.Split(',');
        return asked.All(known.ContainsKey) ? [.. asked.Select(name => known[name])] : null;
    }
}
