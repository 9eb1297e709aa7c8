using System.Globalization;
using Millrace.Common.Failpoints;

namespace Millrace.Simulation.Run;

/// <summary>What the command line asks for.</summary>
internal sealed record Arguments
{
    public const string Usage = """
        simulate --seeds N [--from FIRST_SEED] [--mutant NAME] [--twice] [--record FILE] [--threads N] [--hashes]
                 [--coverage]
        simulate --mutants [--up-to N] [--from FIRST_SEED] [--threads N]
        simulate --replay SEED [--mutant NAME] [--trace FILE]
        simulate --shrink SEED [--mutant NAME]
        simulate --sum FILE
          --seeds N      how many seeds to run
          --from SEED    the first of them (default 1)
          --mutant NAME  switch one planted bug on and stop at the first seed that catches it
          --mutants      every planted bug in turn: after how many seeds is it caught?
          --up-to N      how many seeds each of them gets (default 10000)
          --twice        run every seed twice and compare the traces, not only one in a hundred
          --record FILE  append the result to a file, as one line of JSON
          --sum FILE     add up what a file records of this build
          --hashes       print each seed's trace hash
          --coverage     print how often everything happened
          --replay SEED  run one seed and print what happened
          --shrink SEED  leave out of a failing seed all that it can fail without
          --faults LIST, --workers N, --producers N, --events N
                         with --replay: only these faults, at most so many of the others
          --trace FILE   write every step of a replay to a file (default: nowhere)
        """;

    private const int MutantSeeds = 10_000;

    public int Seeds { get; private init; } = 500;

    public ulong From { get; private init; } = 1;

    public Mutant Mutant { get; init; } = Mutant.None;

    /// <summary>All mutants, one after the other.</summary>
    public bool Mutants { get; init; }

    public int Threads { get; private init; } = Environment.ProcessorCount;

    public bool Twice { get; private init; }

    public bool Hashes { get; private init; }

    public bool Coverage { get; private init; }

    public bool Replay { get; private init; }

    public bool Shrink { get; private init; }

    /// <summary>What to leave out of a replay.</summary>
    public Reduction Reduction { get; private init; } = Reduction.None;

    public string? TraceFile { get; private init; }

    public string? RecordFile { get; private init; }

    public string? SumFile { get; private init; }

    /// <summary>Which build this is; scripts/simulate says it.</summary>
    public string Build { get; private init; } = "unknown";

    /// <summary>The options that a replay of a seed needs to be the same run.</summary>
    public string Context => Mutant == Mutant.None ? "" : $" --mutant {Mutant}";

    /// <summary>Null: an argument is unknown or its value is not one.</summary>
    public static Arguments? Parse(IReadOnlyList<string> words)
    {
        var parsed = new Arguments();
        for (int i = 0; i < words.Count; i++)
        {
            string value = i + 1 < words.Count ? words[i + 1] : "";
            if (parsed.WithFlag(words[i]) is { } flagged)
            {
                parsed = flagged;
            }
            else if (parsed.With(words[i], value) is { } next)
            {
                parsed = next;
                i++;
            }
            else
            {
                return null;
            }
        }

        return parsed;
    }

    private Arguments? WithFlag(string name) => name switch
    {
        "--twice" => this with { Twice = true },
        "--hashes" => this with { Hashes = true },
        "--mutants" => this with { Mutants = true, Seeds = MutantSeeds },
        "--coverage" => this with { Coverage = true },
        _ => null,
    };

    private Arguments? With(string name, string value) => name switch
    {
        "--seeds" or "--up-to" when Number(value, out ulong n) && n is > 0 and < int.MaxValue =>
            this with { Seeds = (int)n },
        "--from" when Number(value, out ulong seed) => this with { From = seed },
        "--replay" when Number(value, out ulong seed) => this with { From = seed, Replay = true },
        "--shrink" when Number(value, out ulong seed) => this with { From = seed, Shrink = true },
        "--threads" when Number(value, out ulong n) && n is > 0 and < 1024 => this with { Threads = (int)n },
        "--mutant" when Enum.TryParse(value, out Mutant mutant) => this with { Mutant = mutant },
        "--trace" when value.Length > 0 => this with { TraceFile = value },
        "--record" when value.Length > 0 => this with { RecordFile = value },
        "--sum" when value.Length > 0 => this with { SumFile = value },
        "--build" when value.Length > 0 => this with { Build = value },
        _ => WithLess(name, value) is { } less ? this with { Reduction = less } : null,
    };

    private Reduction? WithLess(string name, string value) => name switch
    {
        "--faults" when Reduction.ParseFaults(value) is { } faults => Reduction with { Faults = faults },
        "--workers" when Number(value, out ulong n) && n is > 0 and < 1000 => Reduction with { Workers = (int)n },
        "--producers" when Number(value, out ulong n) && n is > 0 and < 1000 => Reduction with { Producers = (int)n },
        "--events" when Number(value, out ulong n) && n is > 0 and < 1_000_000 => Reduction with { Events = (int)n },
        _ => null,
    };

    private static bool Number(string text, out ulong number) =>
        ulong.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out number);
}
