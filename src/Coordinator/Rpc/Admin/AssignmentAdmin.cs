using System.Globalization;
using Grpc.Core;
using Millrace.Common.Model;
using Millrace.Coordinator.Core;
using Millrace.Coordinator.Core.Operations;
using Millrace.Coordinator.Core.Placement;
using Millrace.Coordinator.Core.Placement.Balancing;
using Millrace.Coordinator.Core.Views;
using Millrace.Coordinator.Loop;
using Millrace.Coordinator.Rpc.Paging;
using Proto = Millrace.Protocol.Admin.V1;

namespace Millrace.Coordinator.Rpc.Admin;

/// <summary>Which worker owns which task.</summary>
internal sealed class AssignmentAdmin(IControlLoop loop, ViewReader views)
    : Proto.AssignmentService.AssignmentServiceBase
{
    private const int MaxNameLength = 3 * Names.MaxLength;

    public override async Task<Proto.ListAssignmentsResponse> ListAssignments(
        Proto.ListAssignmentsRequest request, ServerCallContext context)
    {
        string job = ResourceNames.ParseOptional("jobs", request.Parent, "parent");
        string worker = ResourceNames.ParseOptional("workers", request.Worker, "worker");
        ClusterView view = await views.ReadAsync(context.CancellationToken);
        if (job.Length > 0 && view.Jobs.All(j => j.Name != job))
        {
            throw ResourceNames.Missing("job", job);
        }

        if (worker.Length > 0 && view.Workers.All(w => w.Name != worker))
        {
            throw ResourceNames.Missing("worker", worker);
        }

        Page<AssignmentView> page = Pages.Cut(
            view.Assignments.Where(a =>
                (job.Length == 0 || a.Job == job) && (worker.Length == 0 || a.Worker == worker)),
            KeyOf,
            request.PageSize,
            request.PageToken,
            $"ListAssignments {job} {worker}");
        return new()
        {
            Assignments = { page.Rows.Select(AdminMessages.ToProto) },
            NextPageToken = page.NextToken,
            TotalSize = page.TotalSize,
        };
    }

    public override async Task<Proto.GetAssignmentResponse> GetAssignment(
        Proto.GetAssignmentRequest request, ServerCallContext context)
    {
        if (!request.Name.StartsWith("jobs/", StringComparison.Ordinal) || request.Name.Length > MaxNameLength)
        {
            throw new RefusalException(Refusal.BadField(
                "name", "name must look like jobs/JOB/assignments/STAGE-INDEX.", "BAD_NAME"));
        }

        return new() { Assignment = (await FindAsync(request.Name, context.CancellationToken)).ToProto() };
    }

    public override async Task<Proto.MoveAssignmentResponse> MoveAssignment(
        Proto.MoveAssignmentRequest request, ServerCallContext context)
    {
        TaskName task = ResourceNames.ParseAssignment(request.Name, "name");
        string worker = ResourceNames.Parse("workers", request.ToWorker, "to_worker");
        Epoch? epoch = request.ExpectedEpoch == 0 ? null : new Epoch(request.ExpectedEpoch);
        Request? id = RequestIds.Read(
            request.RequestId,
            $"MoveAssignment {task} {worker} {request.ExpectedEpoch} {request.PinAfterMove} {request.ValidateOnly} "
                + request.Note);
        Changed made = await loop.AskAsync<Changed>(
            call => new MoveTask(
                call, task, worker, epoch, request.PinAfterMove, request.Note, id, request.ValidateOnly),
            context.CancellationToken);
        return new() { Operation = await OperationMessages.ReadAsync(loop, made, context.CancellationToken) };
    }

    public override async Task<Proto.PinAssignmentResponse> PinAssignment(
        Proto.PinAssignmentRequest request, ServerCallContext context)
    {
        TaskName task = ResourceNames.ParseAssignment(request.Name, "name");
        Proto.Pin asked = request.Pin ?? new();
        var pin = new TaskPin(
            ResourceNames.ParseOptional("workers", asked.Worker, "pin.worker"),
            LabelSelector.Parse(asked.LabelSelector, "pin.label_selector"),
            asked.Note);
        Request? id = RequestIds.Read(
            request.RequestId,
            $"PinAssignment {task} {pin.Worker} {pin.Selector()} {request.ValidateOnly} {pin.Note}");
        await loop.AskAsync<Changed>(
            call => new PinTask(call, task, pin, id, request.ValidateOnly), context.CancellationToken);
        return new() { Assignment = (await FindAsync($"{task}", context.CancellationToken)).ToProto() };
    }

    public override async Task<Proto.UnpinAssignmentResponse> UnpinAssignment(
        Proto.UnpinAssignmentRequest request, ServerCallContext context)
    {
        TaskName task = ResourceNames.ParseAssignment(request.Name, "name");
        Request? id = RequestIds.Read(request.RequestId, $"UnpinAssignment {task} {request.ValidateOnly}");
        await loop.AskAsync<Changed>(
            call => new UnpinTask(call, task, id, request.ValidateOnly), context.CancellationToken);
        return new() { Assignment = (await FindAsync($"{task}", context.CancellationToken)).ToProto() };
    }

    public override async Task<Proto.ExplainAssignmentResponse> ExplainAssignment(
        Proto.ExplainAssignmentRequest request, ServerCallContext context)
    {
        TaskName task = ResourceNames.ParseAssignment(request.Name, "name");
        Explanation explained = await loop.AskAsync<Explanation>(
            call => new ExplainTask(call, task), context.CancellationToken);
        return explained.ToProto((await FindAsync($"{task}", context.CancellationToken)).ToProto());
    }

    private async Task<AssignmentView> FindAsync(string name, CancellationToken cancellation)
    {
        ClusterView view = await views.ReadAsync(cancellation);
        return view.Assignments.FirstOrDefault(a => ResourceNames.Assignment(a.Job, a.Stage, a.Index) == name)
            ?? throw ResourceNames.Missing("assignment", name);
    }

    /// <summary>Orders by job, stage and index: the separator sorts before every character of a name.</summary>
    private static string KeyOf(AssignmentView assignment) => string.Create(
        CultureInfo.InvariantCulture, $"{assignment.Job}\n{assignment.Stage}\n{assignment.Index:D10}");
}
