using Grpc.Core;
using Millrace.Protocol.Admin.V1;

namespace Millrace.TestKit.FakeCluster;

public sealed class FakeAssignments : AssignmentService.AssignmentServiceBase
{
    public List<Assignment> All { get; } = [];

    public override Task<ListAssignmentsResponse> ListAssignments(
        ListAssignmentsRequest request, ServerCallContext context)
    {
        var response = new ListAssignmentsResponse();
        response.Assignments.AddRange(All.Where(a => request.Parent.Length == 0 || a.Job == request.Parent));
        response.TotalSize = response.Assignments.Count;
        return Task.FromResult(response);
    }
}
