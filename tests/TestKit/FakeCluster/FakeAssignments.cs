using Grpc.Core;
using Millrace.Protocol.Admin.V1;

namespace Millrace.TestKit.FakeCluster;

public sealed class FakeAssignments(FakeOperations operations) : AssignmentService.AssignmentServiceBase
{
    public List<Assignment> All { get; } = [];

    /// <summary>Moves as they were asked for.</summary>
    public List<MoveAssignmentRequest> Moves { get; } = [];

    public override Task<ListAssignmentsResponse> ListAssignments(
        ListAssignmentsRequest request, ServerCallContext context)
    {
        var response = new ListAssignmentsResponse();
        response.Assignments.AddRange(All.Where(a => request.Parent.Length == 0 || a.Job == request.Parent));
        response.TotalSize = response.Assignments.Count;
        return Task.FromResult(response);
    }

    public override Task<MoveAssignmentResponse> MoveAssignment(
        MoveAssignmentRequest request, ServerCallContext context)
    {
        Moves.Add(request);
        Assignment assignment = Find(request.Name);
        if (request.ExpectedEpoch != 0 && request.ExpectedEpoch != assignment.Epoch)
        {
            throw FakeRefusals.Of(StatusCode.Aborted, "STALE_EPOCH", "It has changed hands since.");
        }

        return Task.FromResult(new MoveAssignmentResponse
        {
            Operation = operations.Start(OperationVerb.MoveAssignment, request.Name, 1, request.Note),
        });
    }

    public override Task<PinAssignmentResponse> PinAssignment(PinAssignmentRequest request, ServerCallContext context)
    {
        Assignment assignment = Find(request.Name);
        assignment.Pin = request.Pin;
        return Task.FromResult(new PinAssignmentResponse { Assignment = assignment });
    }

    public override Task<UnpinAssignmentResponse> UnpinAssignment(
        UnpinAssignmentRequest request, ServerCallContext context)
    {
        Assignment assignment = Find(request.Name);
        assignment.Pin = null;
        return Task.FromResult(new UnpinAssignmentResponse { Assignment = assignment });
    }

    private Assignment Find(string name) => All.FirstOrDefault(a => a.Name == name) ?? throw FakeRefusals.Of(
        StatusCode.NotFound, "NO_SUCH_ASSIGNMENT", $"There is no assignment {name}.");
}
