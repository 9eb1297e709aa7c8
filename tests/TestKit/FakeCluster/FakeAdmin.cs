namespace Millrace.TestKit.FakeCluster;

/// <summary>The admin services; each answers with what the test has put into it.</summary>
public sealed class FakeAdmin
{
    public FakeTopics Topics { get; } = new();

    public FakeJobs Jobs { get; } = new();

    public FakeWorkers Workers { get; } = new();

    public FakeAssignments Assignments { get; } = new();

    public FakeClusterService Cluster { get; } = new();
}
