using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Millrace.Simulation.Run;

/// <summary>What one run of many seeds came to, so that several runs of one build can be added up.</summary>
/// <param name="Build">Which build ran.</param>
/// <param name="From">The first seed.</param>
/// <param name="Hash">All traces folded to one number, in hexadecimal: the same for the same seeds and build, on any
/// number of processors.</param>
internal sealed record RunRecord(
    string Build,
    ulong From,
    long Seeds,
    long Faults,
    long Violations,
    double Minutes,
    double SimulatedSeconds,
    string Hash)
{
    private const double SecondsPerYear = 365.25 * 24 * 3600;

    private static readonly JsonSerializerOptions _options = new(JsonSerializerDefaults.Web);

    /// <summary>The last line of every run.</summary>
    [JsonIgnore]
    public string Line => string.Create(
        CultureInfo.InvariantCulture,
        $"seeds={Seeds} faults={Faults} violations={Violations} "
        + $"seeds_per_min={Seeds / Math.Max(Minutes, 1e-9):F0} sim_years={SimulatedSeconds / SecondsPerYear:F6}");

    public void AppendTo(string file) => File.AppendAllText(file, JsonSerializer.Serialize(this, _options) + "\n");

    /// <summary>Adds up what a file records of a build. A run that shares seeds with one that was counted is left
    /// out.</summary>
    public static RunRecord Sum(string file, string build)
    {
        var sum = new RunRecord(build, 0, 0, 0, 0, 0, 0, "");
        var counted = new List<RunRecord>();
        foreach (string line in File.ReadLines(file))
        {
            RunRecord run = JsonSerializer.Deserialize<RunRecord>(line, _options)!;
            if (run.Build == build && !counted.Exists(run.Overlaps))
            {
                counted.Add(run);
                sum = sum with
                {
                    Seeds = sum.Seeds + run.Seeds,
                    Faults = sum.Faults + run.Faults,
                    Violations = sum.Violations + run.Violations,
                    Minutes = sum.Minutes + run.Minutes,
                    SimulatedSeconds = sum.SimulatedSeconds + run.SimulatedSeconds,
                };
            }
        }

        return sum;
    }

    private bool Overlaps(RunRecord other) =>
        From < other.From + (ulong)other.Seeds && other.From < From + (ulong)Seeds;
}
