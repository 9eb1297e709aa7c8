using Millrace.Integration.Tests.Processes;

namespace Millrace.Integration.Tests.Interop;

/// <summary>Python publishes, reads back, queries and gets refused.</summary>
[Parallelizable(ParallelScope.Children)]
internal sealed class PythonTests : ClusterTests
{
    [TestCase("batches", 0)]
    [TestCase("stream", 0)]
    [TestCase("query", 2)]
    [TestCase("refusals", 0)]
    public async Task Python_InAScenario_FindsWhatTheProtosPromise(string scenario, int workers)
    {
        TestCluster cluster = NewCluster();
        PythonStubs stubs = await PythonStubs.MakeAsync(cluster.Directory, Deadline);
        await cluster.StartCoordinatorAsync("", Deadline);
        for (int i = 1; i <= workers; i++)
        {
            cluster.StartWorker($"w-{i}");
        }

        (int code, string output) = await stubs.RunAsync(new Uri(cluster.Address).Authority, scenario, Deadline);
        Assert.That(code, Is.Zero, output);
        Assert.That(output, Does.EndWith("ok done"));
    }
}
