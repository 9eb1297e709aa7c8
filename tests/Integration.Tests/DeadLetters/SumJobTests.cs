using Millrace.Client;
using Millrace.Integration.Tests.Driving;
using Millrace.Integration.Tests.Processes;
using Millrace.Protocol.Admin.V1;

namespace Millrace.Integration.Tests.DeadLetters;

/// <summary>A job that adds up values, of which those named are no numbers.</summary>
internal abstract class SumJobTests : ClusterTests
{
    protected const string Topic = "amounts";
    protected const string Job = "totals";
    private const int Keys = 20;

    /// <summary>Whether the value of the event of this number is none.</summary>
    protected abstract bool IsBad(int number);

    protected async Task DeployAsync(MillraceClient client, BadEventPolicy policy, bool parkKeys = false)
    {
        await client.Admin.CreateTopicAsync(Topic, new Topic { PartitionCount = 4 }, Deadline);
        var spec = new JobSpec
        {
            Operator = "sum",
            SourceTopics = { "topics/" + Topic },
            BadEventPolicy = policy,
            ParkKeys = parkKeys,
        };
        await client.Admin.DeployJobAsync(Job, spec, Deadline);
    }

    /// <summary>Sends and returns a position at which all can be seen.</summary>
    protected async Task<ulong> SendAsync(MillraceClient client, int first, int count)
    {
        await using Producer producer = await client.OpenProducerAsync(cancellation: Deadline);
        var acks = new List<Task<Ack>>();
        for (int i = first; i < first + count; i++)
        {
            string value = IsBad(i) ? $"bad-{i}" : $"{i}";
            acks.Add(producer.SendAsync(Topic, $"key-{i % Keys}", value, Deadline).AsTask());
        }

        return (await Task.WhenAll(acks)).Max(a => a.Position);
    }

    /// <summary>Of so many events all are applied but the bad ones.</summary>
    protected async Task AssertSumsAsync(TestCluster cluster, ulong position, int events)
    {
        var expected = Enumerable.Range(0, events).Where(i => !IsBad(i))
            .GroupBy(i => $"key-{i % Keys}", i => (long)i).Select(g => (g.Key, g.Sum()));
        var reader = new ClusterReader(cluster.Channel, Deadline);
        Assert.That(
            (await reader.CountsAsync(Job, position)).Select(c => (c.Key, c.Count)), Is.EquivalentTo(expected));
    }

    /// <summary>The assignments that stand still.</summary>
    protected async Task<Assignment[]> StoppedAsync(MillraceClient client) =>
    [
        .. (await client.Admin.ListAssignmentsAsync(cancellation: Deadline)).Assignments
            .Where(a => a.State == AssignmentState.Failed),
    ];
}
