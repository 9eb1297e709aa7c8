using NUnit.Framework.Interfaces;

namespace Millrace.Integration.Tests.Processes;

/// <summary>A test with processes: bounded in time, always cleaned up, and telling what the processes wrote when it
/// fails.</summary>
internal abstract class ClusterTests
{
    private readonly CancellationTokenSource _deadline = new();
    private readonly List<TestCluster> _clusters = [];

    /// <summary>Ends every wait of the test.</summary>
    protected CancellationToken Deadline => _deadline.Token;

    /// <summary>How long one test may take before all its waits give up.</summary>
    protected virtual TimeSpan Limit => TimeSpan.FromSeconds(120);

    [SetUp]
    public void StartClock() => _deadline.CancelAfter(Limit);

    [TearDown]
    public async Task StopAllAsync()
    {
        bool failed = TestContext.CurrentContext.Result.Outcome.Status == TestStatus.Failed;
        foreach (TestCluster cluster in _clusters)
        {
            await cluster.DisposeAsync();
            if (failed)
            {
                await TestContext.Out.WriteLineAsync(cluster.DumpLogs());
            }
        }

        _deadline.Dispose();
    }

    protected TestCluster NewCluster(ClusterOptions? options = null)
    {
        var cluster = new TestCluster(options);
        _clusters.Add(cluster);
        return cluster;
    }

    /// <summary>Skips the test, saying what to install.</summary>
    protected static string Need(string tool, string package) =>
        Executables.Tool(tool) ?? SkipFor(tool, package);

    private static string SkipFor(string tool, string package)
    {
        Assert.Ignore($"{tool} is not installed (Debian: apt-get install {package}; scripts/test does it).");
        return "";
    }
}
