namespace Millrace.TestKit.FakeCluster;

/// <summary>The admin services; each answers with what the test has put into it.</summary>
public sealed class FakeAdmin
{
    public FakeAdmin()
    {
        Operations = new FakeOperations();
        Workers = new FakeWorkers(Operations);
        Assignments = new FakeAssignments(Operations);
        Rebalance = new FakeRebalance(Operations);
    }

    public FakeTopics Topics { get; } = new();

    public FakeJobs Jobs { get; } = new();

    public FakeOperations Operations { get; }

    public FakeWorkers Workers { get; }

    public FakeAssignments Assignments { get; }

    public FakeRebalance Rebalance { get; }

    public FakeClusterService Cluster { get; } = new();
}
