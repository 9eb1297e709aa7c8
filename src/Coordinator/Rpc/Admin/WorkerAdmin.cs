using Grpc.Core;
using Millrace.Coordinator.Core.Views;
using Millrace.Coordinator.Rpc.Paging;
using Proto = Millrace.Protocol.Admin.V1;

namespace Millrace.Coordinator.Rpc.Admin;

/// <summary>The workers.</summary>
internal sealed class WorkerAdmin(ViewReader views) : Proto.WorkerService.WorkerServiceBase
{
    public override async Task<Proto.ListWorkersResponse> ListWorkers(
        Proto.ListWorkersRequest request, ServerCallContext context)
    {
        ClusterView view = await views.ReadAsync(context.CancellationToken);
        Page<WorkerView> page = Pages.Cut(
            view.Workers, worker => worker.Name, request.PageSize, request.PageToken, "ListWorkers");
        return new()
        {
            Workers = { page.Rows.Select(worker => worker.ToProto(view.AsOfUnixMs)) },
            NextPageToken = page.NextToken,
            TotalSize = page.TotalSize,
        };
    }

    public override async Task<Proto.GetWorkerResponse> GetWorker(
        Proto.GetWorkerRequest request, ServerCallContext context)
    {
        string name = ResourceNames.Parse("workers", request.Name, "name");
        ClusterView view = await views.ReadAsync(context.CancellationToken);
        WorkerView worker = view.Workers.FirstOrDefault(w => w.Name == name)
            ?? throw ResourceNames.Missing("worker", name);
        return new() { Worker = worker.ToProto(view.AsOfUnixMs) };
    }
}
