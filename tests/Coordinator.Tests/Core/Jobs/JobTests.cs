using Millrace.Common.Model;
using Millrace.Coordinator.Core;
using Millrace.Coordinator.Core.Jobs;
using static Millrace.Coordinator.Tests.Core.TestCluster;

namespace Millrace.Coordinator.Tests.Core.Jobs;

public sealed class JobTests
{
    private static TestCluster WithTopic()
    {
        TestCluster cluster = Started();
        cluster.Hello("w1");
        cluster.Ask(c => new CreateTopic(c, "clicks", 3, 8, 0, null, false));
        return cluster;
    }

    private static DeployJob Deploy(long call, string name = "counts", string op = "count", string topic = "clicks") =>
        new(call, name, op, topic, null, false);

    [Test]
    public void Deploy_OverATopic_MakesOneTaskPerPartitionAndPlacesThemAtOnce()
    {
        TestCluster cluster = WithTopic();
        List<Effect> effects = cluster.Do(Deploy(1));
        Assign[] assigns = [.. Told<Assign>(effects, "w1")];
        Assert.Multiple(() =>
        {
            Assert.That(effects.OfType<Reply>().Single().Result, Is.EqualTo(new DeployedJob("counts")));
            Assert.That(
                assigns.Select(a => $"{a.Task.Value} {a.Partition.Value} {a.PartitionIndex} {a.KeyGroups}"),
                Is.EqualTo(new[] { "1 1 0 [0, 2)", "2 2 1 [2, 5)", "3 3 2 [5, 8)" }));
            Assert.That(assigns[0], Is.EqualTo(assigns[0] with
            {
                Job = "counts", Stage = "count", Operator = "count", Topic = "clicks", KeyGroupCount = 8,
                Restore = RestorePoint.Beginning, Confirmed = false,
            }));
            Assert.That(Raised(effects), Is.EqualTo("JOB_DEPLOYED TASKS_MOVED"));
        });
    }

    [TestCase("Counts", "count", "clicks", "BAD_NAME")]
    [TestCase("counts", "product", "clicks", "BAD_FIELD")]
    [TestCase("counts", "count", "views", "NO_SUCH_TOPIC")]
    [TestCase("first", "count", "clicks", "JOB_EXISTS")]
    public void Deploy_ThatIsWrong_IsRefusedAndChangesNothing(string name, string op, string topic, string reason)
    {
        TestCluster cluster = WithTopic();
        cluster.Do(Deploy(1, "first"));
        string before = Picture(cluster.State);
        Assert.That(((Refusal)cluster.Ask(c => Deploy(c, name, op, topic))).Reason, Is.EqualTo(reason));
        Assert.That(Picture(cluster.State), Is.EqualTo(before));
    }

    [Test]
    public void Deploy_ValidateOnly_AnswersAndChangesNothing() =>
        Assert.That(
            WithTopic().Do(Deploy(1) with { ValidateOnly = true }),
            Is.EqualTo(new[] { new Reply(1, new DeployedJob("counts")) }));

    [TestCase(1, 100, "TOO_MANY_JOBS")]
    [TestCase(9, 5, "TOO_MANY_TASKS")]
    public void Deploy_AtTheBounds_IsRefused(int jobs, int tasks, string reason)
    {
        TestCluster cluster = Started(CoordinatorPolicy.Default with { MaxJobs = jobs, MaxTasks = tasks });
        cluster.Deploy(3);
        var refusal = (Refusal)cluster.Ask(c => Deploy(c));
        Assert.That((refusal.Kind, refusal.Reason), Is.EqualTo((RefusalKind.ResourceExhausted, reason)));
    }

    [Test]
    public void Locate_AJob_NamesTheOwnersSessionEpochAndLastDataOfEachTask()
    {
        TestCluster cluster = WithTopic();
        cluster.Hello("w2", session: 42);
        cluster.Do(Deploy(1));
        cluster.Publish("p", cluster.OpenProducer("p"), 1, 1);
        ulong end = cluster.Seal();
        cluster.Do(new SessionBroken("w1", 1));
        var located = (LocatedJob)cluster.Ask(c => new LocateJob(c, "counts"));
        Assert.That(located.Tasks.Select(t => (t.Index, t.Worker, t.Session, t.LastDataEnd)), Is.EqualTo(new[]
        {
            (0, "w1", 0UL, 0UL), (1, "w2", 42UL, end), (2, "w1", 0UL, 0UL),
        }));
        Assert.That(located.Topic.Name, Is.EqualTo("clicks"));
    }

    [Test]
    public void Locate_AJobThatDoesNotExist_IsRefused() =>
        Assert.That(((Refusal)Started().Ask(c => new LocateJob(c, "x"))).Reason, Is.EqualTo("NO_SUCH_JOB"));
}
