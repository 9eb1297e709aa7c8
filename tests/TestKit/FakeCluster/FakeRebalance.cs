using Grpc.Core;
using Millrace.Protocol.Admin.V1;

namespace Millrace.TestKit.FakeCluster;

/// <summary>Plans that a test has put in, and a policy; remembers what was asked.</summary>
public sealed class FakeRebalance(FakeOperations operations) : RebalanceService.RebalanceServiceBase
{
    public List<RebalancePlan> Plans { get; } = [];

    public RebalancePolicy Policy { get; set; } = new();

    public List<CreateRebalancePlanRequest> Created { get; } = [];

    public List<ApplyRebalancePlanRequest> Applied { get; } = [];

    public List<UpdateRebalancePolicyRequest> Updated { get; } = [];

    public override Task<CreateRebalancePlanResponse> CreateRebalancePlan(
        CreateRebalancePlanRequest request, ServerCallContext context)
    {
        Created.Add(request);
        return request.Strategy is "" or "weighted-load"
            ? Task.FromResult(new CreateRebalancePlanResponse { Plan = Plans[0] })
            : throw FakeRefusals.Of(
                StatusCode.InvalidArgument, "BAD_FIELD", $"There is no strategy '{request.Strategy}'.");
    }

    public override Task<GetRebalancePlanResponse> GetRebalancePlan(
        GetRebalancePlanRequest request, ServerCallContext context) =>
        Task.FromResult(new GetRebalancePlanResponse { Plan = Find(request.Name) });

    public override Task<ListRebalancePlansResponse> ListRebalancePlans(
        ListRebalancePlansRequest request, ServerCallContext context) =>
        Task.FromResult(new ListRebalancePlansResponse { Plans = { Plans }, TotalSize = Plans.Count });

    public override Task<ApplyRebalancePlanResponse> ApplyRebalancePlan(
        ApplyRebalancePlanRequest request, ServerCallContext context)
    {
        Applied.Add(request);
        RebalancePlan plan = Find(request.Name);
        return Task.FromResult(new ApplyRebalancePlanResponse
        {
            Operation = operations.Start(OperationVerb.ApplyPlan, plan.Name, plan.Moves.Count, ""),
        });
    }

    public override Task<DeleteRebalancePlanResponse> DeleteRebalancePlan(
        DeleteRebalancePlanRequest request, ServerCallContext context)
    {
        Plans.Remove(Find(request.Name));
        return Task.FromResult(new DeleteRebalancePlanResponse());
    }

    public override Task<GetRebalancePolicyResponse> GetRebalancePolicy(
        GetRebalancePolicyRequest request, ServerCallContext context) =>
        Task.FromResult(new GetRebalancePolicyResponse { Policy = Policy });

    public override Task<UpdateRebalancePolicyResponse> UpdateRebalancePolicy(
        UpdateRebalancePolicyRequest request, ServerCallContext context)
    {
        Updated.Add(request);
        request.UpdateMask.Merge(request.Policy, Policy);
        return Task.FromResult(new UpdateRebalancePolicyResponse { Policy = Policy });
    }

    private RebalancePlan Find(string name) => Plans.FirstOrDefault(p => p.Name == name)
        ?? throw FakeRefusals.Of(StatusCode.NotFound, "NO_SUCH_PLAN", $"There is no plan {name}.");
}
