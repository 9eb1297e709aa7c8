using System.Globalization;
using Grpc.Core;
using Millrace.Common.Model;
using Millrace.Coordinator.Core.Views;
using Millrace.Coordinator.Rpc.Paging;
using Proto = Millrace.Protocol.Admin.V1;

namespace Millrace.Coordinator.Rpc.Admin;

/// <summary>Which worker owns which task.</summary>
internal sealed class AssignmentAdmin(ViewReader views) : Proto.AssignmentService.AssignmentServiceBase
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

        ClusterView view = await views.ReadAsync(context.CancellationToken);
        AssignmentView assignment =
            view.Assignments.FirstOrDefault(a => ResourceNames.Assignment(a.Job, a.Stage, a.Index) == request.Name)
            ?? throw ResourceNames.Missing("assignment", request.Name);
        return new() { Assignment = assignment.ToProto() };
    }

    /// <summary>Orders by job, stage and index: the separator sorts before every character of a name.</summary>
    private static string KeyOf(AssignmentView assignment) => string.Create(
        CultureInfo.InvariantCulture, $"{assignment.Job}\n{assignment.Stage}\n{assignment.Index:D10}");
}
