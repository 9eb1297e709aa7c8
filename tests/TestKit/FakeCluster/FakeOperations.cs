using Grpc.Core;
using Millrace.Protocol.Admin.V1;

namespace Millrace.TestKit.FakeCluster;

/// <summary>Operations that come a step further each time somebody waits for them.</summary>
public sealed class FakeOperations : OperationService.OperationServiceBase
{
    public List<Operation> All { get; } = [];

    public Operation Start(OperationVerb verb, string target, int steps, string note)
    {
        var operation = new Operation
        {
            Name = $"operations/op-{All.Count + 1}",
            Metadata = new ChangeMetadata
            {
                Verb = verb,
                Target = target,
                Phase = OperationPhase.Running,
                StepsTotal = (uint)steps,
                Note = note,
                Cancellable = true,
            },
        };
        All.Insert(0, operation);
        return operation;
    }

    public override Task<ListOperationsResponse> ListOperations(
        ListOperationsRequest request, ServerCallContext context) =>
        Task.FromResult(new ListOperationsResponse { Operations = { All }, TotalSize = All.Count });

    public override Task<GetOperationResponse> GetOperation(GetOperationRequest request, ServerCallContext context) =>
        Task.FromResult(new GetOperationResponse { Operation = Find(request.Name) });

    public override Task<WaitOperationResponse> WaitOperation(
        WaitOperationRequest request, ServerCallContext context)
    {
        Operation operation = Find(request.Name);
        if (!operation.Done)
        {
            operation.Metadata.StepsDone++;
            operation.Metadata.ProgressRatio = (double)operation.Metadata.StepsDone / operation.Metadata.StepsTotal;
            operation.Done = operation.Metadata.StepsDone == operation.Metadata.StepsTotal;
            operation.Metadata.Phase = operation.Done ? OperationPhase.Succeeded : OperationPhase.Running;
        }

        return Task.FromResult(new WaitOperationResponse { Operation = operation });
    }

    public override Task<CancelOperationResponse> CancelOperation(
        CancelOperationRequest request, ServerCallContext context)
    {
        Operation operation = Find(request.Name);
        operation.Done = true;
        operation.Metadata.Phase = OperationPhase.Cancelled;
        operation.Error = new OperationError { Reason = "CANCELLED", Message = "Cancelled after 0 of 2 moves." };
        return Task.FromResult(new CancelOperationResponse { Operation = operation });
    }

    private Operation Find(string name) =>
        All.FirstOrDefault(o => o.Name == name) ?? throw FakeRefusals.Of(
            StatusCode.NotFound, "NO_SUCH_OPERATION", $"There is no operation {name}.");
}
