using Grpc.Core;
using Millrace.Common.Model;
using Millrace.Coordinator.Core;
using Millrace.Coordinator.Core.DeadLetters;
using Millrace.Coordinator.Core.Views;
using Millrace.Coordinator.Loop;
using Millrace.Coordinator.Rpc.Paging;
using Proto = Millrace.Protocol.Admin.V1;

namespace Millrace.Coordinator.Rpc.Admin;

/// <summary>Jobs.</summary>
internal sealed class JobAdmin(IControlLoop loop, ViewReader views) : Proto.JobService.JobServiceBase
{
    public override async Task<Proto.ListJobsResponse> ListJobs(
        Proto.ListJobsRequest request, ServerCallContext context)
    {
        ClusterView view = await views.ReadAsync(context.CancellationToken);
        Page<JobView> page = Pages.Cut(view.Jobs, job => job.Name, request.PageSize, request.PageToken, "ListJobs");
        return new()
        {
            Jobs = { page.Rows.Select(AdminMessages.ToProto) },
            NextPageToken = page.NextToken,
            TotalSize = page.TotalSize,
        };
    }

    public override async Task<Proto.GetJobResponse> GetJob(Proto.GetJobRequest request, ServerCallContext context)
    {
        string name = ResourceNames.Parse("jobs", request.Name, "name");
        JobView job = await FindAsync(name, context.CancellationToken) ?? throw ResourceNames.Missing("job", name);
        return new() { Job = job.ToProto() };
    }

    public override async Task<Proto.DeployJobResponse> DeployJob(
        Proto.DeployJobRequest request, ServerCallContext context)
    {
        Proto.JobSpec spec = request.Spec ?? new();
        if (spec.SourceTopics.Count != 1)
        {
            throw new RefusalException(Refusal.BadField(
                "spec.source_topics", "A job reads exactly one topic for now: name one in source_topics."));
        }

        string topic = ResourceNames.Parse("topics", spec.SourceTopics[0], "spec.source_topics");
        BadEventRule? badEvents = BadEventRules.Read(spec.BadEventPolicy, spec.ParkKeys, "spec.");
        Request? id = RequestIds.Read(
            request.RequestId,
            $"DeployJob {request.JobId} {spec.Operator} {topic} {request.ValidateOnly} {spec.Standbys}"
                + (badEvents is null ? "" : $" {badEvents}"));
        DeployedJob deployed = await loop.AskAsync<DeployedJob>(
            call => new DeployJob(
                call,
                request.JobId,
                spec.Operator,
                topic,
                id,
                request.ValidateOnly,
                Count(spec.Standbys),
                badEvents),
            context.CancellationToken);
        JobView? job = await FindAsync(deployed.Name, context.CancellationToken);
        return new()
        {
            Job = job?.ToProto() ?? new() { Name = ResourceNames.Job(deployed.Name), Spec = spec },
        };
    }

    public override async Task<Proto.UpdateJobResponse> UpdateJob(
        Proto.UpdateJobRequest request, ServerCallContext context)
    {
        string name = ResourceNames.Parse("jobs", request.Name, "name");
        Request? id = RequestIds.Read(
            request.RequestId, $"UpdateJob {name} {request.Standbys} {request.ValidateOnly}");
        await loop.AskAsync<DeployedJob>(
            call => new UpdateJob(call, name, Count(request.Standbys), id, request.ValidateOnly),
            context.CancellationToken);
        JobView job = await FindAsync(name, context.CancellationToken) ?? throw ResourceNames.Missing("job", name);
        return new() { Job = job.ToProto() };
    }

    private static int Count(uint standbys) => (int)Math.Min(standbys, int.MaxValue);

    private async Task<JobView?> FindAsync(string name, CancellationToken cancellation)
    {
        ClusterView view = await views.ReadAsync(cancellation);
        return view.Jobs.FirstOrDefault(job => job.Name == name);
    }
}
