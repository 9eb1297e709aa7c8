using Millrace.Client.Connecting;
using Millrace.Protocol.Admin.V1;

namespace Millrace.Client;

/// <summary>Plans that move tasks, and how tasks are placed. Changes without a request id get one, so that a repeat
/// after a lost answer changes nothing.</summary>
public sealed class RebalanceClient
{
    private readonly ServiceCalls<RebalanceService.RebalanceServiceClient> _calls;

    internal RebalanceClient(UnaryCalls calls) =>
        _calls = new(calls, invoker => new RebalanceService.RebalanceServiceClient(invoker));

    public Task<CreateRebalancePlanResponse> CreatePlanAsync(
        CreateRebalancePlanRequest request, CancellationToken cancellation = default)
    {
        CreateRebalancePlanRequest asked = request.Clone();
        asked.RequestId = RequestIds.Or(request.RequestId);
        return _calls.CallAsync((client, options) => client.CreateRebalancePlanAsync(asked, options), cancellation);
    }

    /// <param name="plan">"plan-7" or "plans/plan-7".</param>
    public Task<GetRebalancePlanResponse> GetPlanAsync(string plan, CancellationToken cancellation = default) =>
        _calls.CallAsync(
            (client, options) => client.GetRebalancePlanAsync(
                new GetRebalancePlanRequest { Name = ResourceNames.Plan(plan) }, options),
            cancellation);

    /// <summary>The newest plans, newest first.</summary>
    public Task<ListRebalancePlansResponse> ListPlansAsync(CancellationToken cancellation = default) =>
        _calls.CallAsync(
            (client, options) => client.ListRebalancePlansAsync(new ListRebalancePlansRequest(), options),
            cancellation);

    public Task<ApplyRebalancePlanResponse> ApplyPlanAsync(
        ApplyRebalancePlanRequest request, CancellationToken cancellation = default)
    {
        ApplyRebalancePlanRequest asked = request.Clone();
        asked.Name = ResourceNames.Plan(request.Name);
        asked.RequestId = RequestIds.Or(request.RequestId);
        return _calls.CallAsync((client, options) => client.ApplyRebalancePlanAsync(asked, options), cancellation);
    }

    public Task<DeleteRebalancePlanResponse> DeletePlanAsync(string plan, CancellationToken cancellation = default)
    {
        var request = new DeleteRebalancePlanRequest { Name = ResourceNames.Plan(plan), RequestId = RequestIds.New() };
        return _calls.CallAsync((client, options) => client.DeleteRebalancePlanAsync(request, options), cancellation);
    }

    public Task<GetRebalancePolicyResponse> GetPolicyAsync(CancellationToken cancellation = default) =>
        _calls.CallAsync(
            (client, options) => client.GetRebalancePolicyAsync(new GetRebalancePolicyRequest(), options),
            cancellation);

    public Task<UpdateRebalancePolicyResponse> UpdatePolicyAsync(
        UpdateRebalancePolicyRequest request, CancellationToken cancellation = default)
    {
        UpdateRebalancePolicyRequest asked = request.Clone();
        asked.RequestId = RequestIds.Or(request.RequestId);
        return _calls.CallAsync((client, options) => client.UpdateRebalancePolicyAsync(asked, options), cancellation);
    }
}
