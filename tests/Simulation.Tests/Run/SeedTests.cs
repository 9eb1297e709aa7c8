using Millrace.Simulation.Run;

namespace Millrace.Simulation.Tests.Run;

public sealed class SeedTests
{
    private const int Seeds = 200;
    private const ulong FirstSeed = 1;

    [Test]
    public void Seeds_UnderFaults_ViolateNothing()
    {
        var arguments = Arguments.Parse(["--seeds", $"{Seeds}", "--from", $"{FirstSeed}"]);
        var output = new StringWriter();
        int code = new Campaign(arguments!, output).Run();
        TestContext.Out.WriteLine(output);
        Assert.That(code, Is.Zero, output.ToString());
    }

    [TestCase(1UL)]
    [TestCase(2UL)]
    [TestCase(3UL)]
    public void Seed_RunTwice_GivesTheSameTrace(ulong seed)
    {
        RunResult first = Simulation.Run.Simulation.Run(seed);
        RunResult second = Simulation.Run.Simulation.Run(seed);
        Assert.That(second.TraceHash, Is.EqualTo(first.TraceHash));
        Assert.That(first.Faults, Is.GreaterThanOrEqualTo(20));
        Assert.That(first.SimulatedSeconds, Is.GreaterThanOrEqualTo(60));
    }

    [Test]
    public void Seeds_RunInAnotherProcess_GiveTheSameTraces()
    {
        string here = Hashes(() =>
        {
            var output = new StringWriter();
            new Campaign(Arguments.Parse(["--seeds", "3", "--from", "7", "--threads", "1", "--hashes"])!, output).Run();
            return output.ToString();
        });
        string there = Hashes(() => SimulationProcess.Run("--seeds", "3", "--from", "7", "--threads", "1", "--hashes"));
        Assert.That(there, Is.EqualTo(here));
        Assert.That(here, Has.Length.GreaterThan(3 * 16));
    }

    private static string Hashes(Func<string> run) =>
        string.Join('\n', run().Split('\n').Where(line => line.StartsWith("seed=", StringComparison.Ordinal)));
}
