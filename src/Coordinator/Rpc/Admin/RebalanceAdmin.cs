using Google.Protobuf.WellKnownTypes;
using Grpc.Core;
using Millrace.Common.Model;
using Millrace.Coordinator.Core;
using Millrace.Coordinator.Core.Operations;
using Millrace.Coordinator.Core.Placement.Balancing;
using Millrace.Coordinator.Loop;
using Millrace.Coordinator.Rpc.Paging;
using Proto = Millrace.Protocol.Admin.V1;

namespace Millrace.Coordinator.Rpc.Admin;

/// <summary>Plans that move tasks, and how tasks are placed.</summary>
internal sealed class RebalanceAdmin(IControlLoop loop) : Proto.RebalanceService.RebalanceServiceBase
{
    public override async Task<Proto.CreateRebalancePlanResponse> CreateRebalancePlan(
        Proto.CreateRebalancePlanRequest request, ServerCallContext context)
    {
        int moves = (int)Math.Min(request.MaxMoves, int.MaxValue);
        long bytes = (long)Math.Min(request.MaxStateBytes, long.MaxValue);
        Request? id = RequestIds.Read(
            request.RequestId,
            $"CreateRebalancePlan {request.Strategy} {moves} {bytes} {request.Full} {request.IgnoreCooldown} "
                + $"{request.ValidateOnly}");
        Changed made = await loop.AskAsync<Changed>(
            call => new CreatePlan(
                call,
                request.Strategy,
                request.Full,
                moves,
                bytes,
                request.IgnoreCooldown,
                id,
                request.ValidateOnly),
            context.CancellationToken);
        return new()
        {
            Plan = made.Name.Length == 0
                ? null
                : await ReadAsync(ResourceNames.Plan(made.Name), context.CancellationToken),
        };
    }

    public override async Task<Proto.GetRebalancePlanResponse> GetRebalancePlan(
        Proto.GetRebalancePlanRequest request, ServerCallContext context) =>
        new() { Plan = await ReadAsync(request.Name, context.CancellationToken) };

    public override async Task<Proto.ListRebalancePlansResponse> ListRebalancePlans(
        Proto.ListRebalancePlansRequest request, ServerCallContext context)
    {
        PlanViews views = await loop.AskAsync<PlanViews>(call => new InspectPlans(call), context.CancellationToken);

        // Newest first: keys that sort the other way round.
        Page<PlanView> page = Pages.Cut(
            views.All,
            view => $"{ulong.MaxValue - view.Plan.Number:D20}",
            request.PageSize,
            request.PageToken,
            "ListRebalancePlans");
        return new()
        {
            Plans = { page.Rows.Select(RebalanceMessages.ToProto) },
            NextPageToken = page.NextToken,
            TotalSize = page.TotalSize,
        };
    }

    public override async Task<Proto.ApplyRebalancePlanResponse> ApplyRebalancePlan(
        Proto.ApplyRebalancePlanRequest request, ServerCallContext context)
    {
        ulong number = ResourceNames.ParsePlan(request.Name, "name");
        int moves = (int)Math.Min(request.MaxConcurrentMoves, int.MaxValue);
        Request? id = RequestIds.Read(
            request.RequestId,
            $"ApplyRebalancePlan {number} {moves} {request.AllowStale} {request.ValidateOnly}");
        Changed made = await loop.AskAsync<Changed>(
            call => new ApplyPlan(call, number, moves, request.AllowStale, id, request.ValidateOnly),
            context.CancellationToken);
        return new() { Operation = await OperationMessages.ReadAsync(loop, made, context.CancellationToken) };
    }

    public override async Task<Proto.DeleteRebalancePlanResponse> DeleteRebalancePlan(
        Proto.DeleteRebalancePlanRequest request, ServerCallContext context)
    {
        ulong number = ResourceNames.ParsePlan(request.Name, "name");
        Request? id = RequestIds.Read(request.RequestId, $"DeleteRebalancePlan {number}");
        await loop.AskAsync<Changed>(call => new DeletePlan(call, number, id, false), context.CancellationToken);
        return new();
    }

    public override async Task<Proto.GetRebalancePolicyResponse> GetRebalancePolicy(
        Proto.GetRebalancePolicyRequest request, ServerCallContext context) =>
        new() { Policy = await ReadPolicyAsync(context.CancellationToken) };

    public override async Task<Proto.UpdateRebalancePolicyResponse> UpdateRebalancePolicy(
        Proto.UpdateRebalancePolicyRequest request, ServerCallContext context)
    {
        Proto.RebalancePolicy asked = request.Policy ?? new();
        string? strategy = IsMasked(request.UpdateMask, "strategy") ? asked.Strategy : null;
        bool? automatic = IsMasked(request.UpdateMask, "automatic") ? asked.Automatic : null;
        Request? id = RequestIds.Read(
            request.RequestId, $"UpdateRebalancePolicy {strategy} {automatic} {request.ValidateOnly}");
        await loop.AskAsync<Changed>(
            call => new UpdateRebalancePolicy(call, strategy, automatic, id, request.ValidateOnly),
            context.CancellationToken);
        return new() { Policy = await ReadPolicyAsync(context.CancellationToken) };
    }

    /// <exception cref="RefusalException">BAD_FIELD: the mask names something else.</exception>
    private static bool IsMasked(FieldMask? mask, string field)
    {
        string? unknown = mask?.Paths.FirstOrDefault(p => p is not ("strategy" or "automatic"));
        return unknown is null
            ? mask is null || mask.Paths.Count == 0 || mask.Paths.Contains(field)
            : throw new RefusalException(Refusal.BadField(
                "update_mask", $"update_mask may name strategy and automatic, not '{unknown}'."));
    }

    private async Task<Proto.RebalancePlan> ReadAsync(string name, CancellationToken cancellation)
    {
        ulong number = ResourceNames.ParsePlan(name, "name");
        PlanViews views = await loop.AskAsync<PlanViews>(call => new InspectPlans(call), cancellation);
        return views.All.FirstOrDefault(p => p.Plan.Number == number)?.ToProto()
            ?? throw new RefusalException(RebalanceRefusals.NoSuchPlan(number));
    }

    private async Task<Proto.RebalancePolicy> ReadPolicyAsync(CancellationToken cancellation) =>
        (await loop.AskAsync<PolicyView>(call => new InspectRebalancePolicy(call), cancellation)).ToProto();
}
