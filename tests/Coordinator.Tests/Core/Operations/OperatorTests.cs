using Millrace.Common.Model;
using Millrace.Coordinator.Core;
using Millrace.Coordinator.Core.Membership;
using Millrace.Coordinator.Core.Operations;
using Millrace.Coordinator.Core.Placement;
using static Millrace.Coordinator.Tests.Core.TestCluster;

namespace Millrace.Coordinator.Tests.Core.Operations;

/// <summary>What operators ask for, with planned moves that switch at once.</summary>
public sealed class OperatorTests
{
    private static readonly IReadOnlyDictionary<string, string> _noLabels = new Dictionary<string, string>();

    private static TestCluster With(int tasks, params string[] workers)
    {
        TestCluster cluster = Started();
        Array.ForEach(workers, w => cluster.Hello(w));
        cluster.Deploy(tasks);
        cluster.Run(6, workers);
        return cluster;
    }

    private static TaskName Name(int index) => new("clicks-count", "count", index);

    private static string Reason(object answer) => answer is Refusal refusal ? refusal.Reason : $"{answer}";

    [Test]
    public void Cordon_AWorker_GetsNothingNewAndKeepsWhatItHas()
    {
        TestCluster cluster = With(4, "w1", "w2");
        object answer = cluster.Ask(c => new CordonWorker(c, "w1", "disk", null, false));
        cluster.Deploy(4, "more");

        Assert.Multiple(() =>
        {
            Assert.That(answer, Is.EqualTo(new Changed("w1")));
            Assert.That(cluster.Owners(), Is.EqualTo("w1: 1 3; w2: 2 4 5 6 7 8"));
            Assert.That(cluster.Worker("w1").Duty, Is.EqualTo(WorkerDuty.Cordoned));
            Assert.That(cluster.Worker("w1").DutyNote, Is.EqualTo("disk"));
            Assert.That(cluster.Worker("w1").Weight, Is.Zero);
        });
    }

    [Test]
    public void Cordon_AfterARestartOfAll_StillHolds()
    {
        TestCluster cluster = With(2, "w1", "w2");
        cluster.Ask(c => new CordonWorker(c, "w1", "", null, false));
        cluster.Seal();
        cluster = cluster.Restart();
        cluster.Hello("w1", incarnation: 2);
        cluster.Hello("w2");
        cluster.Run(6, "w1", "w2");
        Assert.That(cluster.Owners(), Is.EqualTo("w2: 1 2"));

        cluster.Ask(c => new UncordonWorker(c, "w1", null, false));
        cluster.Run(1, "w1", "w2");
        Assert.That(cluster.Worker("w1").AssignmentCount, Is.EqualTo(1), "it takes its share again");
    }

    [Test]
    public void Commands_ThatCanNotBe_AreRefusedAndChangeNothing()
    {
        TestCluster cluster = With(2, "w1", "w2");
        cluster.Hello("w3", operators: "other");
        cluster.Hello("w4");
        cluster.Beat("w3");
        cluster.Beat("w4");
        cluster.Ask(c => new CordonWorker(c, "w4", "", null, false));
        cluster.Hello("w5");
        cluster.Run(2, "w1", "w2", "w3", "w4");
        string before = Picture(cluster.State);
        var zone = new Dictionary<string, string> { ["zone"] = "a" };
        Dictionary<string, Func<long, Input>> asked = new()
        {
            ["NO_SUCH_WORKER"] = c => new CordonWorker(c, "w9", "", null, false),
            ["NO_SUCH_WORKER "] = c => new DrainWorker(c, "w9", 0, false, "", null, false),
            ["NO_SUCH_WORKER  "] = c => Move(c, 0, "w9"),
            ["NOT_CORDONED"] = c => new UncordonWorker(c, "w1", null, false),
            ["NO_SUCH_ASSIGNMENT"] = c => Move(c, 7, "w2"),
            ["STALE_EPOCH"] = c => Move(c, 0, "w2", epoch: 99),
            ["ALREADY_THERE"] = c => Move(c, 0, "w1"),
            ["WORKER_CORDONED"] = c => Move(c, 0, "w4"),
            ["WORKER_NOT_ALIVE"] = c => Move(c, 0, "w5"),
            ["WORKER_CANNOT_TAKE"] = c => Move(c, 0, "w3"),
            ["PIN_AGAINST_LABELS"] = c => new PinTask(c, Name(0), new TaskPin("w1", zone, ""), null, false),
            ["NO_WORKER_MATCHES"] = c => new PinTask(c, Name(0), new TaskPin("", zone, ""), null, false),
            ["BAD_FIELD"] = c => new PinTask(c, Name(0), new TaskPin("", _noLabels, ""), null, false),
            ["NOT_PINNED"] = c => new UnpinTask(c, Name(0), null, false),
            ["NO_SUCH_OPERATION"] = c => new CancelOperation(c, 5, null),
            ["BAD_FIELD "] = c => new DrainWorker(c, "w1", 65, false, "", null, false),
            ["BAD_FIELD  "] = c => new CordonWorker(c, "w1", new string('x', 501), null, false),
        };
        Assert.Multiple(() =>
        {
            foreach ((string reason, Func<long, Input> input) in asked)
            {
                Assert.That(Reason(cluster.Ask(input)), Is.EqualTo(reason.Trim()));
            }

            Assert.That(Picture(cluster.State), Is.EqualTo(before));
        });
    }

    [Test]
    public void Move_OfATask_EndsWithItThere()
    {
        TestCluster cluster = With(2, "w1", "w2");
        Epoch epoch = cluster.Task(1).Epoch;
        object answer = cluster.Ask(c => new MoveTask(
            c, Name(0), "w2", epoch, true, "why", new Request("r", 1), false));
        object again = cluster.Ask(c => new MoveTask(
            c, Name(0), "w2", epoch, true, "why", new Request("r", 1), false));
        Operation view = (Operation)cluster.Ask(c => new InspectOperation(c, 1));

        Assert.Multiple(() =>
        {
            Assert.That(answer, Is.EqualTo(new Changed("op-1")));
            Assert.That(again, Is.EqualTo(answer), "a repeat gets the same answer");
            Assert.That(cluster.Owners(), Is.EqualTo("w2: 1 2"));
            Assert.That(cluster.Task(1).Reason, Is.EqualTo(AssignReason.ManualMove));
            Assert.That(cluster.Task(1).Pin?.Worker, Is.EqualTo("w2"));
            Assert.That(view.State, Is.EqualTo(OperationState.Succeeded));
            Assert.That(view.Items.Single().Assignment, Is.EqualTo($"{Name(0)}"));
            Assert.That(
                Reason(cluster.Ask(c => new CancelOperation(c, 1, null))), Is.EqualTo("OPERATION_OVER"));
            Assert.That(Reason(cluster.Ask(c => Move(c, 0, "w1"))), Is.EqualTo("PINNED"));
        });
    }

    [Test]
    public void Validate_AChange_MakesNothing()
    {
        TestCluster cluster = With(2, "w1", "w2");
        string before = Picture(cluster.State);
        object[] answers =
        [
            cluster.Ask(c => new CordonWorker(c, "w1", "", null, true)),
            cluster.Ask(c => new DrainWorker(c, "w1", 0, false, "", null, true)),
            cluster.Ask(c => new MoveTask(c, Name(0), "w2", null, false, "", null, true)),
        ];
        Assert.That(answers, Is.All.EqualTo(new Changed("")));
        Assert.That(Picture(cluster.State), Is.EqualTo(before));
    }

    [Test]
    public void Drain_OfAWorker_MovesAllAndKeepsItEmpty()
    {
        TestCluster cluster = With(6, "w1", "w2", "w3");
        cluster.Ask(c => new DrainWorker(c, "w1", 0, true, "", null, false));
        List<Effect> effects = cluster.Run(1, "w1", "w2", "w3");
        Assert.Multiple(() =>
        {
            Assert.That(cluster.Worker("w1").AssignmentCount, Is.Zero);
            Assert.That(cluster.Worker("w1").Duty, Is.EqualTo(WorkerDuty.Drained));
            Assert.That(cluster.State.Operations.Find(1)?.State, Is.EqualTo(OperationState.Succeeded));
            Assert.That(cluster.State.Operations.Find(1)?.StepsDone, Is.EqualTo(2));
            Assert.That(Told<Shutdown>(effects, "w1").Count(), Is.EqualTo(1));
        });
        cluster.Hello("w1", incarnation: 2);
        cluster.Run(3, "w1", "w2", "w3");
        Assert.That(cluster.Worker("w1").AssignmentCount, Is.Zero, "until it is uncordoned");
    }

    [Test]
    public void Drain_WithNowhereToGo_IsRefused()
    {
        TestCluster cluster = With(2, "w1");
        Assert.That(
            Reason(cluster.Ask(c => new DrainWorker(c, "w1", 0, false, "", null, false))),
            Is.EqualTo("NO_WORKER_TO_DRAIN_TO"));
        cluster.Hello("w2", max: 1);
        cluster.Beat("w2");
        Assert.That(
            Reason(cluster.Ask(c => new DrainWorker(c, "w1", 0, false, "", null, false))),
            Is.EqualTo("NO_WORKER_TO_DRAIN_TO"), "there is room for one of two");
        Assert.That(cluster.Worker("w1").Duty, Is.EqualTo(WorkerDuty.Open));
    }

    [Test]
    public void Pin_ToALabel_IsKeptWhateverHappens()
    {
        TestCluster cluster = With(1, "w1");
        cluster.Do(new WorkerHello(
            "w2",
            1,
            1,
            new WorkerFacts("t", 0, ["count"], new Dictionary<string, string> { ["zone"] = "a" }),
            []));
        var pin = new TaskPin("", new Dictionary<string, string> { ["zone"] = "a" }, "");
        Assert.That(cluster.Ask(c => new PinTask(c, Name(0), pin, null, false)), Is.EqualTo(new Changed($"{Name(0)}")));
        cluster.Do(new WorkerGoodbye("w1", 1, "bye"));
        Assert.That(cluster.Owners(), Is.EqualTo("w2: 1"));

        cluster.Do(new WorkerGoodbye("w2", 1, "bye"));
        cluster.Hello("w1", incarnation: 2);
        Assert.That(cluster.Owners(), Is.EqualTo("-: 1"));
        cluster.Ask(c => new UnpinTask(c, Name(0), null, false));
        Assert.That(cluster.Owners(), Is.EqualTo("w1: 1"));
    }

    [Test]
    public void Pin_ToAWorkerThatIsGone_LeavesTheTaskWithOthersMeanwhile()
    {
        TestCluster cluster = With(2, "w1", "w2");
        var pin = new TaskPin("w1", _noLabels, "");
        cluster.Ask(c => new PinTask(c, Name(0), pin, null, false));
        cluster.Do(new WorkerGoodbye("w1", 1, "bye"));
        Assert.That(cluster.Owners(), Is.EqualTo("w2: 1 2"));
    }

    private static MoveTask Move(long call, int index, string worker, ulong epoch = 0) => new(
        call, Name(index), worker, epoch == 0 ? null : new Epoch(epoch), false, "", null, false);
}
