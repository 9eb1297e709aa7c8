using Millrace.Simulation.Run;

namespace Millrace.Simulation.Tests.Run;

public sealed class RunRecordTests
{
    private readonly string _file = Path.Combine(Path.GetTempPath(), Path.GetRandomFileName());

    [TearDown]
    public void Delete() => File.Delete(_file);

    [Test]
    public void Sum_RunsOfOneBuild_AddsThemUpWithoutRepeatedSeeds()
    {
        Record("a", from: 1, seeds: 100).AppendTo(_file);
        Record("b", from: 101, seeds: 1).AppendTo(_file);
        Record("a", from: 101, seeds: 50).AppendTo(_file);
        Record("a", from: 150, seeds: 50).AppendTo(_file);
        Assert.That(
            RunRecord.Sum(_file, "a").Line,
            Is.EqualTo("seeds=150 faults=300 violations=0 seeds_per_min=75 sim_years=0.000004"));
    }

    private static RunRecord Record(string build, ulong from, long seeds) =>
        new(build, from, seeds, seeds * 2, 0, 1, 60, "00");
}
