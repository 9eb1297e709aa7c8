using Millrace.Coordinator.Core.Operations;
using Millrace.Coordinator.Loop;
using Proto = Millrace.Protocol.Admin.V1;

namespace Millrace.Coordinator.Rpc.Admin;

/// <summary>Operations as the messages of the admin services.</summary>
internal static class OperationMessages
{
    /// <summary>The operation that a change has made; null: it was only validated.</summary>
    public static async Task<Proto.Operation?> ReadAsync(
        IControlLoop loop, Changed made, CancellationToken cancellation)
    {
        if (made.Name.Length == 0)
        {
            return null;
        }

        ulong number = ResourceNames.ParseOperation(ResourceNames.Operation(made.Name), "name");
        Operation operation = await loop.AskAsync<Operation>(call => new InspectOperation(call, number), cancellation);
        return operation.ToProto();
    }

    public static Proto.Operation ToProto(this Operation operation)
    {
        MoveItem? now = operation.Items.LastOrDefault(i => i.State == MoveState.Warming);
        var metadata = new Proto.ChangeMetadata
        {
            Target = operation.Target,
            Verb = (Proto.OperationVerb)operation.Verb,
            RequestId = operation.RequestId,
            Phase = (Proto.OperationPhase)operation.State,
            StepsDone = (uint)operation.StepsDone,
            StepsTotal = (uint)operation.StepsTotal,
            CurrentStep = operation.IsRunning && now is not null ? $"{now.Assignment} to {now.To}" : "",
            ProgressRatio = operation.StepsTotal == 0
                ? (operation.IsRunning ? 0 : 1)
                : (double)operation.StepsDone / operation.StepsTotal,
            Cancellable = operation.IsRunning,
            StartTime = AdminMessages.Time(operation.StartUnixMs),
            UpdateTime = AdminMessages.Time(operation.UpdateUnixMs),
            Note = operation.Note,
        };
        metadata.Items.AddRange(operation.Items.Select(ToProto));
        return new()
        {
            Name = ResourceNames.Operation(operation.Name),
            Metadata = metadata,
            Done = !operation.IsRunning,
            Error = operation.State is OperationState.Failed or OperationState.Cancelled
                ? new() { Reason = operation.Reason, Message = operation.Message }
                : null,
        };
    }

    private static Proto.ChangeItem ToProto(MoveItem move) => new()
    {
        Assignment = move.Assignment,
        FromWorker = ResourceNames.Worker(move.From),
        ToWorker = ResourceNames.Worker(move.To),
        State = (Proto.ChangeItemState)move.State,
        Reason = move.Reason,
        UpdateTime = AdminMessages.Time(move.UnixMs),
    };
}
