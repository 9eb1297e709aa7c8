using Grpc.Core;
using Millrace.Protocol.Admin.V1;

namespace Millrace.TestKit.FakeCluster;

public sealed class FakeJobs : JobService.JobServiceBase
{
    public List<Job> All { get; } = [];

    public List<DeployJobRequest> Deployed { get; } = [];

    public override Task<ListJobsResponse> ListJobs(ListJobsRequest request, ServerCallContext context) =>
        Task.FromResult(new ListJobsResponse { Jobs = { All }, TotalSize = All.Count });

    public override Task<DeployJobResponse> DeployJob(DeployJobRequest request, ServerCallContext context)
    {
        Deployed.Add(request);
        var job = new Job { Name = "jobs/" + request.JobId, Spec = request.Spec, State = JobState.Pending };
        All.Add(job);
        return Task.FromResult(new DeployJobResponse { Job = job });
    }
}
