using Grpc.Core;
using Millrace.Coordinator.Core;
using Millrace.Coordinator.Core.Operations;
using Millrace.Coordinator.Core.Views;
using Millrace.Coordinator.Loop;
using Millrace.Coordinator.Rpc.Paging;
using Proto = Millrace.Protocol.Admin.V1;

namespace Millrace.Coordinator.Rpc.Admin;

/// <summary>The workers.</summary>
internal sealed class WorkerAdmin(IControlLoop loop, ViewReader views) : Proto.WorkerService.WorkerServiceBase
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

    public override async Task<Proto.CordonWorkerResponse> CordonWorker(
        Proto.CordonWorkerRequest request, ServerCallContext context)
    {
        string name = ResourceNames.Parse("workers", request.Name, "name");
        Request? id = RequestIds.Read(
            request.RequestId, $"CordonWorker {name} {request.ValidateOnly} {request.Note}");
        await loop.AskAsync<Changed>(
            call => new CordonWorker(call, name, request.Note, id, request.ValidateOnly), context.CancellationToken);
        return new() { Worker = await ReadAsync(name, context.CancellationToken) };
    }

    public override async Task<Proto.UncordonWorkerResponse> UncordonWorker(
        Proto.UncordonWorkerRequest request, ServerCallContext context)
    {
        string name = ResourceNames.Parse("workers", request.Name, "name");
        Request? id = RequestIds.Read(request.RequestId, $"UncordonWorker {name} {request.ValidateOnly}");
        await loop.AskAsync<Changed>(
            call => new UncordonWorker(call, name, id, request.ValidateOnly), context.CancellationToken);
        return new() { Worker = await ReadAsync(name, context.CancellationToken) };
    }

    public override async Task<Proto.DrainWorkerResponse> DrainWorker(
        Proto.DrainWorkerRequest request, ServerCallContext context)
    {
        string name = ResourceNames.Parse("workers", request.Name, "name");
        int moves = (int)Math.Min(request.MaxConcurrentMoves, int.MaxValue);
        Request? id = RequestIds.Read(
            request.RequestId,
            $"DrainWorker {name} {moves} {request.StopWhenDrained} {request.ValidateOnly} {request.Note}");
        Changed made = await loop.AskAsync<Changed>(
            call => new DrainWorker(
                call, name, moves, request.StopWhenDrained, request.Note, id, request.ValidateOnly),
            context.CancellationToken);
        return new() { Operation = await OperationMessages.ReadAsync(loop, made, context.CancellationToken) };
    }

    /// <summary>One that has left and is forgotten by now is shown by its name alone.</summary>
    private async Task<Proto.Worker> ReadAsync(string name, CancellationToken cancellation)
    {
        ClusterView view = await views.ReadAsync(cancellation);
        return view.Workers.FirstOrDefault(w => w.Name == name)?.ToProto(view.AsOfUnixMs)
            ?? new() { Name = ResourceNames.Worker(name) };
    }
}
