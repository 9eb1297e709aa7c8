using Grpc.Core;
using Millrace.Protocol.Admin.V1;
using Millrace.Protocol.Worker.V1;

namespace Millrace.Coordinator.Tests.Hosting;

/// <summary>Plans, the policy and explanations over the real machine, journal and wire, with one worker that the test
/// plays.</summary>
public sealed class RebalanceServiceTests
{
    private string _directory = "";
    private RunningCoordinator _coordinator = null!;
    private AsyncDuplexStreamingCall<SessionRequest, SessionResponse> _session = null!;

    [SetUp]
    public async Task StartAsync()
    {
        _directory = Directory.CreateTempSubdirectory("millrace-test-").FullName;
        _coordinator = await RunningCoordinator.StartAsync(_directory);
        _session = _coordinator.Protocol.Session();
        var hello = new Hello { Worker = "w-1", Incarnation = 1, ProtocolVersion = 1, Sdk = "test/1" };
        hello.Operators.Add("count");
        await _session.RequestStream.WriteAsync(new() { Hello = hello });
        await _session.ResponseStream.MoveNext(CancellationToken.None);
        await _coordinator.Topics.CreateTopicAsync(new() { TopicId = "words", Topic = new() { PartitionCount = 2 } });
        await _coordinator.Jobs.DeployJobAsync(new()
        {
            JobId = "counts",
            Spec = new() { Operator = "count", SourceTopics = { "topics/words" } },
        });
    }

    [TearDown]
    public async Task StopAsync()
    {
        _session.Dispose();
        await _coordinator.DisposeAsync();
        Directory.Delete(_directory, recursive: true);
    }

    [Test]
    public async Task Plan_Made_IsFoundAgainByNameAndCanBeDeleted()
    {
        CreateRebalancePlanRequest asked = new() { Strategy = "round-robin", RequestId = "plan-it" };
        RebalancePlan made = (await _coordinator.Rebalance.CreateRebalancePlanAsync(asked)).Plan;
        RebalancePlan again = (await _coordinator.Rebalance.CreateRebalancePlanAsync(asked)).Plan;
        ListRebalancePlansResponse all = await _coordinator.Rebalance.ListRebalancePlansAsync(new());
        Assert.Multiple(() =>
        {
            Assert.That(made.Name, Is.EqualTo("plans/plan-1"));
            Assert.That(again, Is.EqualTo(made));
            Assert.That(made.State, Is.EqualTo(RebalancePlanState.Ready));
            Assert.That(made.Strategy, Is.EqualTo("round-robin"));
            Assert.That((made.ExpireTime - made.CreateTime).ToTimeSpan(), Is.EqualTo(TimeSpan.FromMinutes(10)));
            Assert.That(all.Plans, Is.EqualTo(new[] { made }));
        });
        await _coordinator.Rebalance.DeleteRebalancePlanAsync(new() { Name = made.Name });
        await RefusedAsync(
            () => _coordinator.Rebalance.GetRebalancePlanAsync(new() { Name = made.Name }),
            StatusCode.NotFound,
            "NO_SUCH_PLAN");
    }

    [Test]
    public async Task Policy_Changed_IsWhatIsReadAfterwards()
    {
        RebalancePolicy before = (await _coordinator.Rebalance.GetRebalancePolicyAsync(new())).Policy;
        UpdateRebalancePolicyRequest change = new() { Policy = new() { Strategy = "random" } };
        change.UpdateMask = new() { Paths = { "strategy" } };
        await _coordinator.Rebalance.UpdateRebalancePolicyAsync(change);
        RebalancePolicy after = (await _coordinator.Rebalance.GetRebalancePolicyAsync(new())).Policy;
        Assert.That((before.Strategy, before.Automatic), Is.EqualTo(("weighted-load", true)));
        Assert.That((after.Strategy, after.Automatic), Is.EqualTo(("random", true)));
    }

    [Test]
    public async Task BadInput_AnyOfIt_IsRefusedByName()
    {
        RebalanceService.RebalanceServiceClient client = _coordinator.Rebalance;
        UpdateRebalancePolicyRequest mask = new() { UpdateMask = new() { Paths = { "imbalance" } } };
        await RefusedAsync(() => client.UpdateRebalancePolicyAsync(mask), StatusCode.InvalidArgument, "BAD_FIELD");
        UpdateRebalancePolicyRequest strategy = new() { Policy = new() { Strategy = "best" } };
        await RefusedAsync(() => client.UpdateRebalancePolicyAsync(strategy), StatusCode.InvalidArgument, "BAD_FIELD");
        await RefusedAsync(
            () => client.CreateRebalancePlanAsync(new() { MaxMoves = uint.MaxValue }),
            StatusCode.InvalidArgument,
            "BAD_FIELD");
        await RefusedAsync(
            () => client.ApplyRebalancePlanAsync(new() { Name = "plan-1" }), StatusCode.InvalidArgument, "BAD_NAME");
        await RefusedAsync(
            () => client.ApplyRebalancePlanAsync(new() { Name = "plans/plan-1" }),
            StatusCode.NotFound,
            "NO_SUCH_PLAN");
    }

    [Test]
    public async Task Explain_ATask_NamesItsOwnerAndTheCandidates()
    {
        ExplainAssignmentResponse explained = await _coordinator.Assignments.ExplainAssignmentAsync(
            new() { Name = "jobs/counts/assignments/count-1" });
        Assert.That(explained.Assignment.Worker, Is.EqualTo("workers/w-1"));
        Assert.That(explained.Findings[0].Reason, Is.EqualTo("INITIAL"));
        Assert.That(explained.Candidates.Single().WhyNot, Is.EqualTo("OWNS_IT"));
        await RefusedAsync(
            () => _coordinator.Assignments.ExplainAssignmentAsync(new() { Name = "jobs/counts/assignments/count-9" }),
            StatusCode.NotFound,
            "NO_SUCH_ASSIGNMENT");
    }

    private static async Task RefusedAsync<T>(Func<AsyncUnaryCall<T>> call, StatusCode status, string reason)
    {
        RpcException refused = (await Assert.ThrowsAsync<RpcException>(async () => await call()))!;
        Assert.That(refused.StatusCode, Is.EqualTo(status), refused.Status.Detail);
        Assert.That(refused.Trailers.GetValue("millrace-reason"), Is.EqualTo(reason));
    }
}
