using Google.Protobuf.WellKnownTypes;
using Grpc.Core;
using Millrace.Common.Model;
using Millrace.Coordinator.Core;
using Millrace.Coordinator.Core.Operations;
using Millrace.Coordinator.Loop;
using Millrace.Coordinator.Rpc.Paging;
using Proto = Millrace.Protocol.Admin.V1;

namespace Millrace.Coordinator.Rpc.Admin;

/// <summary>Changes that take time.</summary>
internal sealed class OperationAdmin(IControlLoop loop, TimeProvider time)
    : Proto.OperationService.OperationServiceBase
{
    private static readonly TimeSpan _defaultWait = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan _longestWait = TimeSpan.FromMinutes(5);

    /// <summary>How often a wait looks again.</summary>
    private static readonly TimeSpan _lookInterval = TimeSpan.FromMilliseconds(50);

    public override async Task<Proto.ListOperationsResponse> ListOperations(
        Proto.ListOperationsRequest request, ServerCallContext context)
    {
        OperationList all = await loop.AskAsync<OperationList>(
            call => new InspectOperations(call), context.CancellationToken);

        // Newest first: keys that sort the other way round.
        Page<Operation> page = Pages.Cut(
            all.All,
            operation => $"{ulong.MaxValue - operation.Number:D20}",
            request.PageSize,
            request.PageToken,
            "ListOperations");
        return new()
        {
            Operations = { page.Rows.Select(OperationMessages.ToProto) },
            NextPageToken = page.NextToken,
            TotalSize = page.TotalSize,
        };
    }

    public override async Task<Proto.GetOperationResponse> GetOperation(
        Proto.GetOperationRequest request, ServerCallContext context)
    {
        ulong number = ResourceNames.ParseOperation(request.Name, "name");
        return new() { Operation = (await ReadAsync(number, context.CancellationToken)).ToProto() };
    }

    public override async Task<Proto.WaitOperationResponse> WaitOperation(
        Proto.WaitOperationRequest request, ServerCallContext context)
    {
        ulong number = ResourceNames.ParseOperation(request.Name, "name");
        TimeSpan wait = WaitOf(request.Timeout);
        long start = time.GetTimestamp();
        while (true)
        {
            Operation operation = await ReadAsync(number, context.CancellationToken);
            if (!operation.IsRunning || time.GetElapsedTime(start) >= wait)
            {
                return new() { Operation = operation.ToProto() };
            }

            await Task.Delay(_lookInterval, time, context.CancellationToken);
        }
    }

    public override async Task<Proto.CancelOperationResponse> CancelOperation(
        Proto.CancelOperationRequest request, ServerCallContext context)
    {
        ulong number = ResourceNames.ParseOperation(request.Name, "name");
        Request? id = RequestIds.Read(request.RequestId, $"CancelOperation {number}");
        await loop.AskAsync<Changed>(call => new CancelOperation(call, number, id), context.CancellationToken);
        return new() { Operation = (await ReadAsync(number, context.CancellationToken)).ToProto() };
    }

    private static TimeSpan WaitOf(Duration? asked)
    {
        if (asked is null)
        {
            return _defaultWait;
        }

        bool good = asked.Seconds >= 0
            && asked.Nanos is >= 0 and < 1_000_000_000
            && asked.Seconds <= (long)_longestWait.TotalSeconds;
        return good
            ? TimeSpan.FromSeconds(asked.Seconds) + TimeSpan.FromTicks(asked.Nanos / 100)
            : throw new RefusalException(Refusal.BadField(
                "timeout", $"timeout must be 0 to {_longestWait.TotalMinutes:0} minutes."));
    }

    private Task<Operation> ReadAsync(ulong number, CancellationToken cancellation) =>
        loop.AskAsync<Operation>(call => new InspectOperation(call, number), cancellation);
}
