using Grpc.Core;
using Millrace.Protocol.Admin.V1;

namespace Millrace.TestKit.FakeCluster;

public sealed class FakeWorkers(FakeOperations operations) : WorkerService.WorkerServiceBase
{
    public List<Worker> All { get; } = [];

    /// <summary>Drains as they were asked for.</summary>
    public List<DrainWorkerRequest> Drains { get; } = [];

    public override Task<ListWorkersResponse> ListWorkers(ListWorkersRequest request, ServerCallContext context) =>
        Task.FromResult(new ListWorkersResponse { Workers = { All }, TotalSize = All.Count });

    public override Task<GetWorkerResponse> GetWorker(GetWorkerRequest request, ServerCallContext context) =>
        Task.FromResult(new GetWorkerResponse { Worker = Find(request.Name) });

    public override Task<CordonWorkerResponse> CordonWorker(CordonWorkerRequest request, ServerCallContext context)
    {
        Worker worker = Find(request.Name);
        worker.Duty = WorkerDuty.Cordoned;
        worker.DutyNote = request.Note;
        return Task.FromResult(new CordonWorkerResponse { Worker = worker });
    }

    public override Task<UncordonWorkerResponse> UncordonWorker(
        UncordonWorkerRequest request, ServerCallContext context)
    {
        Worker worker = Find(request.Name);
        worker.Duty = WorkerDuty.Open;
        return Task.FromResult(new UncordonWorkerResponse { Worker = worker });
    }

    public override Task<DrainWorkerResponse> DrainWorker(DrainWorkerRequest request, ServerCallContext context)
    {
        Worker worker = Find(request.Name);
        Drains.Add(request);
        worker.Duty = WorkerDuty.Draining;
        return Task.FromResult(new DrainWorkerResponse
        {
            Operation = operations.Start(
                OperationVerb.DrainWorker, worker.Name, (int)worker.AssignmentCount, request.Note),
        });
    }

    private Worker Find(string name) => All.FirstOrDefault(w => w.Name == name) ?? throw FakeRefusals.Of(
        StatusCode.NotFound, "NO_SUCH_WORKER", $"There is no worker {name}.");
}
