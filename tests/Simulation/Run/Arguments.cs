using System.Globalization;
using Millrace.Common.Failpoints;

namespace Millrace.Simulation.Run;

/// <summary>What the command line asks for.</summary>
internal sealed record Arguments
{
    public const string Usage = """
        simulate --seeds N [--from FIRST_SEED] [--mutant NAME] [--threads N] [--hashes] [--coverage]
        simulate --mutants [--up-to N] [--from FIRST_SEED] [--threads N]
        simulate --replay SEED [--mutant NAME] [--trace FILE]
          --seeds N      how many seeds to run
          --from SEED    the first of them (default 1)
          --mutant NAME  switch one planted bug on and stop at the first seed that catches it
          --mutants      every planted bug in turn: after how many seeds is it caught?
          --up-to N      how many seeds each of them gets (default 10000)
          --hashes       print each seed's trace hash
          --coverage     print how often everything happened
          --replay SEED  run one seed and print what happened
          --trace FILE   write every step of a replay to a file (default: nowhere)
        """;

    private const int MutantSeeds = 10_000;

    public int Seeds { get; private init; } = 500;

    public ulong From { get; private init; } = 1;

    public Mutant Mutant { get; init; } = Mutant.None;

    /// <summary>All mutants, one after the other.</summary>
    public bool Mutants { get; init; }

    public int Threads { get; private init; } = Environment.ProcessorCount;

    public bool Hashes { get; private init; }

    public bool Coverage { get; private init; }

    public bool Replay { get; private init; }

    public string? TraceFile { get; private init; }

    /// <summary>Null: an argument is unknown or its value is not one.</summary>
    public static Arguments? Parse(IReadOnlyList<string> words)
    {
        var parsed = new Arguments();
        for (int i = 0; i < words.Count; i++)
        {
            string value = i + 1 < words.Count ? words[i + 1] : "";
            bool flag = words[i] is "--hashes" or "--coverage" or "--mutants";
            Arguments? next = words[i] switch
            {
                "--hashes" => parsed with { Hashes = true },
                "--coverage" => parsed with { Coverage = true },
                "--mutants" => parsed with { Mutants = true, Seeds = MutantSeeds },
                "--seeds" or "--up-to" when Number(value, out ulong n) && n is > 0 and < int.MaxValue =>
                    parsed with { Seeds = (int)n },
                "--from" when Number(value, out ulong seed) => parsed with { From = seed },
                "--replay" when Number(value, out ulong seed) =>
                    parsed with { From = seed, Seeds = 1, Threads = 1, Replay = true },
                "--threads" when Number(value, out ulong n) && n is > 0 and < 1024 =>
                    parsed with { Threads = (int)n },
                "--mutant" when Enum.TryParse(value, out Mutant mutant) => parsed with { Mutant = mutant },
                "--trace" when value.Length > 0 => parsed with { TraceFile = value },
                _ => null,
            };
            if (next is null)
            {
                return null;
            }

            parsed = next;
            i += flag ? 0 : 1;
        }

        return parsed;
    }

    private static bool Number(string text, out ulong number) =>
        ulong.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out number);
}
