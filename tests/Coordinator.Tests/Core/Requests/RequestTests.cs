using Millrace.Common.Model;
using Millrace.Coordinator.Core;
using static Millrace.Coordinator.Tests.Core.TestCluster;

namespace Millrace.Coordinator.Tests.Core.Requests;

public sealed class RequestTests
{
    private static CreateTopic Create(long call, string id, ulong hash, string name = "clicks") =>
        new(call, name, 1, 1, 0, new Request(id, hash), false);

    [Test]
    public void Request_Repeated_GetsTheSameAnswerAlsoAfterARestart()
    {
        TestCluster cluster = Started();
        cluster.Do(Create(1, "r", 5));
        Assert.That(cluster.Do(Create(2, "r", 5)), Is.EqualTo(new[] { new Reply(2, new CreatedTopic("clicks")) }));
        cluster.Seal();
        Assert.That(cluster.Restart().Ask(c => Create(c, "r", 5)), Is.EqualTo(new CreatedTopic("clicks")));
    }

    [Test]
    public void Request_ForAJobRepeated_GetsTheSameAnswer()
    {
        TestCluster cluster = Started();
        cluster.Do(Create(1, "t", 1));
        DeployJob deploy = new(2, "counts", "count", "clicks", new Request("r", 5), false);
        cluster.Do(deploy);
        Assert.That(cluster.Do(deploy), Is.EqualTo(new[] { new Reply(2, new DeployedJob("counts")) }));
    }

    [Test]
    public void RequestId_ForSomethingElse_IsRefused()
    {
        TestCluster cluster = Started();
        cluster.Do(Create(1, "r", 5));
        Assert.That(((Refusal)cluster.Ask(c => Create(c, "r", 6, "views"))).Reason, Is.EqualTo("REQUEST_ID_REUSED"));
        object job = cluster.Ask(c => new DeployJob(c, "counts", "count", "clicks", new Request("r", 5), false));
        Assert.That(((Refusal)job).Reason, Is.EqualTo("REQUEST_ID_REUSED"));
    }

    [TestCase(0)]
    [TestCase(129)]
    public void RequestId_OfABadLength_IsRefused(int length) =>
        Assert.That(
            ((Refusal)Started().Ask(c => Create(c, new string('r', length), 5))).Metadata["field"],
            Is.EqualTo("request_id"));

    [Test]
    public void Request_AfterADay_IsForgottenLiveAndInReplay()
    {
        TestCluster cluster = Started();
        cluster.Do(Create(1, "r", 5));
        cluster.Pass(TimeSpan.FromHours(25));
        cluster.Do(Create(2, "s", 6, "views"));
        cluster.Seal();
        Assert.That(cluster.State.Requests.ToList().Select(r => r.Id), Is.EqualTo(new[] { "s" }));
        Assert.That(Picture(cluster.Replayed()), Is.EqualTo(Picture(cluster.State)));
    }
}
