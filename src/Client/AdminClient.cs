using System.Runtime.CompilerServices;
using Google.Protobuf;
using Google.Protobuf.WellKnownTypes;
using Grpc.Core;
using Millrace.Client.Connecting;
using Millrace.Protocol.Admin.V1;

namespace Millrace.Client;

/// <summary>
/// Asks and changes what operators ask and change. Lists are fetched page by page and returned whole. Mutations carry a
/// request id of their own, so that a repeat after a lost answer changes nothing.
/// </summary>
public sealed class AdminClient
{
    private readonly Connection _connection;
    private readonly UnaryCalls _calls;

    internal AdminClient(Connection connection, UnaryCalls calls)
    {
        _connection = connection;
        _calls = calls;
    }

    public Task<GetClusterResponse> GetClusterAsync(CancellationToken cancellation = default) => _calls.CallAsync(
        (invoker, options) => new ClusterService.ClusterServiceClient(invoker)
            .GetClusterAsync(new GetClusterRequest(), options),
        cancellation);

    public Task<ListWorkersResponse> ListWorkersAsync(CancellationToken cancellation = default) => _calls.AllPagesAsync(
        (token, invoker, options) => new WorkerService.WorkerServiceClient(invoker).ListWorkersAsync(
            new ListWorkersRequest { PageSize = UnaryCalls.PageSize, PageToken = token }, options),
        page => page.NextPageToken,
        all => all.NextPageToken = "",
        cancellation);

    public Task<GetWorkerResponse> GetWorkerAsync(string worker, CancellationToken cancellation = default) =>
        _calls.CallAsync(
            (invoker, options) => new WorkerService.WorkerServiceClient(invoker)
                .GetWorkerAsync(new GetWorkerRequest { Name = ResourceNames.Worker(worker) }, options),
            cancellation);

    public Task<ListTopicsResponse> ListTopicsAsync(CancellationToken cancellation = default) => _calls.AllPagesAsync(
        (token, invoker, options) => new TopicService.TopicServiceClient(invoker).ListTopicsAsync(
            new ListTopicsRequest { PageSize = UnaryCalls.PageSize, PageToken = token }, options),
        page => page.NextPageToken,
        all => all.NextPageToken = "",
        cancellation);

    public Task<GetTopicResponse> GetTopicAsync(string topic, CancellationToken cancellation = default) =>
        _calls.CallAsync(
            (invoker, options) => new TopicService.TopicServiceClient(invoker)
                .GetTopicAsync(new GetTopicRequest { Name = ResourceNames.Topic(topic) }, options),
            cancellation);

    /// <param name="settings">partition_count, key_group_count, retention and partitioning are read; null: the
    /// defaults.</param>
    public Task<CreateTopicResponse> CreateTopicAsync(
        string topic, Topic? settings = null, CancellationToken cancellation = default)
    {
        var request = new CreateTopicRequest
        {
            TopicId = topic,
            Topic = settings ?? new Topic(),
            RequestId = RequestIds.New(),
        };
        return _calls.CallAsync(
            (invoker, options) => new TopicService.TopicServiceClient(invoker).CreateTopicAsync(request, options),
            cancellation);
    }

    /// <param name="limit">The most keys; 0: 10.</param>
    public Task<ListHotKeysResponse> ListHotKeysAsync(
        string topic, int limit = 0, CancellationToken cancellation = default) =>
        _calls.CallAsync(
            (invoker, options) => new TopicService.TopicServiceClient(invoker).ListHotKeysAsync(
                new ListHotKeysRequest { Name = ResourceNames.Topic(topic), Limit = limit }, options),
            cancellation);

    /// <summary>All partitions of a topic, sealed ones too.</summary>
    public Task<ListPartitionsResponse> ListPartitionsAsync(
        string topic, CancellationToken cancellation = default) => _calls.AllPagesAsync(
        (token, invoker, options) => new TopicService.TopicServiceClient(invoker).ListPartitionsAsync(
            new ListPartitionsRequest
            {
                Parent = ResourceNames.Topic(topic),
                PageSize = UnaryCalls.PageSize,
                PageToken = token,
            },
            options),
        page => page.NextPageToken,
        all => all.NextPageToken = "",
        cancellation);

    /// <summary>Puts two partitions in the place of one.</summary>
    /// <param name="at">Null: in the middle, where the topic's kind of partitioning has one.</param>
    /// <param name="etag">The topic's etag, refused if its partitions have changed; empty: whatever they are.</param>
    public Task<SplitPartitionResponse> SplitPartitionAsync(
        string topic,
        int index,
        SplitPoint? at = null,
        string etag = "",
        bool validateOnly = false,
        CancellationToken cancellation = default)
    {
        var request = new SplitPartitionRequest
        {
            Name = ResourceNames.Partition(topic, index),
            AtKeyGroup = (uint)(at?.KeyGroup ?? 0),
            AtKey = at?.Key ?? ByteString.Empty,
            Keys = { at?.Keys ?? [] },
            Etag = etag,
            RequestId = RequestIds.New(),
            ValidateOnly = validateOnly,
        };
        return _calls.CallAsync(
            (invoker, options) => new TopicService.TopicServiceClient(invoker).SplitPartitionAsync(request, options),
            cancellation);
    }

    /// <summary>Puts one partition in the place of two.</summary>
    /// <param name="etag">The topic's etag, refused if its partitions have changed; empty: whatever they are.</param>
    public Task<MergePartitionsResponse> MergePartitionsAsync(
        string topic,
        int index,
        int other,
        string etag = "",
        bool validateOnly = false,
        CancellationToken cancellation = default)
    {
        var request = new MergePartitionsRequest
        {
            Name = ResourceNames.Partition(topic, index),
            Other = ResourceNames.Partition(topic, other),
            Etag = etag,
            RequestId = RequestIds.New(),
            ValidateOnly = validateOnly,
        };
        return _calls.CallAsync(
            (invoker, options) => new TopicService.TopicServiceClient(invoker).MergePartitionsAsync(request, options),
            cancellation);
    }

    public Task<ListJobsResponse> ListJobsAsync(CancellationToken cancellation = default) => _calls.AllPagesAsync(
        (token, invoker, options) => new JobService.JobServiceClient(invoker).ListJobsAsync(
            new ListJobsRequest { PageSize = UnaryCalls.PageSize, PageToken = token }, options),
        page => page.NextPageToken,
        all => all.NextPageToken = "",
        cancellation);

    public Task<GetJobResponse> GetJobAsync(string job, CancellationToken cancellation = default) => _calls.CallAsync(
        (invoker, options) => new JobService.JobServiceClient(invoker)
            .GetJobAsync(new GetJobRequest { Name = ResourceNames.Job(job) }, options),
        cancellation);

    /// <param name="operatorName">What the job does, for example "count".</param>
    /// <param name="standbys">Warm copies to be kept of each task, 0 to 3.</param>
    public Task<DeployJobResponse> DeployJobAsync(
        string job, string operatorName, string topic, int standbys = 0, CancellationToken cancellation = default) =>
        DeployJobAsync(
            job,
            new JobSpec
            {
                Operator = operatorName,
                SourceTopics = { ResourceNames.Topic(topic) },
                Standbys = (uint)standbys,
            },
            cancellation);

    /// <param name="spec">What to run; its topics are named as "topics/{topic}".</param>
    public Task<DeployJobResponse> DeployJobAsync(
        string job, JobSpec spec, CancellationToken cancellation = default)
    {
        var request = new DeployJobRequest
        {
            JobId = job,
            Spec = spec,
            RequestId = RequestIds.New(),
        };
        return _calls.CallAsync(
            (invoker, options) => new JobService.JobServiceClient(invoker).DeployJobAsync(request, options),
            cancellation);
    }

    /// <param name="standbys">Warm copies to be kept of each task, 0 to 3.</param>
    public Task<UpdateJobResponse> UpdateJobAsync(
        string job, int standbys, CancellationToken cancellation = default)
    {
        var request = new UpdateJobRequest
        {
            Name = ResourceNames.Job(job),
            Standbys = (uint)standbys,
            RequestId = RequestIds.New(),
        };
        return _calls.CallAsync(
            (invoker, options) => new JobService.JobServiceClient(invoker).UpdateJobAsync(request, options),
            cancellation);
    }

    /// <param name="job">Only those of this job; empty: of all.</param>
    /// <param name="worker">Only those of this worker; empty: of all.</param>
    public Task<ListAssignmentsResponse> ListAssignmentsAsync(
        string job = "", string worker = "", CancellationToken cancellation = default) => _calls.AllPagesAsync(
        (token, invoker, options) => new AssignmentService.AssignmentServiceClient(invoker).ListAssignmentsAsync(
            new ListAssignmentsRequest
            {
                Parent = job.Length == 0 ? "" : ResourceNames.Job(job),
                Worker = worker.Length == 0 ? "" : ResourceNames.Worker(worker),
                PageSize = UnaryCalls.PageSize,
                PageToken = token,
            },
            options),
        page => page.NextPageToken,
        all => all.NextPageToken = "",
        cancellation);

    /// <param name="assignment">As "jobs/{job}/assignments/{stage}-{index}".</param>
    public Task<GetAssignmentResponse> GetAssignmentAsync(
        string assignment, CancellationToken cancellation = default) =>
        _calls.CallAsync(
            (invoker, options) => new AssignmentService.AssignmentServiceClient(invoker)
                .GetAssignmentAsync(new GetAssignmentRequest { Name = assignment }, options),
            cancellation);

    /// <summary>Nothing new is placed on the worker from now on.</summary>
    public Task<CordonWorkerResponse> CordonWorkerAsync(
        string worker, string note = "", CancellationToken cancellation = default)
    {
        var request = new CordonWorkerRequest
        {
            Name = ResourceNames.Worker(worker),
            Note = note,
            RequestId = RequestIds.New(),
        };
        return _calls.CallAsync(
            (invoker, options) => new WorkerService.WorkerServiceClient(invoker).CordonWorkerAsync(request, options),
            cancellation);
    }

    /// <summary>The worker may get assignments again.</summary>
    public Task<UncordonWorkerResponse> UncordonWorkerAsync(string worker, CancellationToken cancellation = default)
    {
        var request = new UncordonWorkerRequest
        {
            Name = ResourceNames.Worker(worker),
            RequestId = RequestIds.New(),
        };
        return _calls.CallAsync(
            (invoker, options) =>
                new WorkerService.WorkerServiceClient(invoker).UncordonWorkerAsync(request, options),
            cancellation);
    }

    /// <summary>Starts to move all assignments away from a worker.</summary>
    /// <param name="request">Its name may be a short one; without a request id it gets one.</param>
    public Task<DrainWorkerResponse> DrainWorkerAsync(
        DrainWorkerRequest request, CancellationToken cancellation = default)
    {
        DrainWorkerRequest asked = request.Clone();
        asked.Name = ResourceNames.Worker(request.Name);
        asked.RequestId = RequestIds.Or(request.RequestId);
        return _calls.CallAsync(
            (invoker, options) => new WorkerService.WorkerServiceClient(invoker).DrainWorkerAsync(asked, options),
            cancellation);
    }

    /// <summary>Starts to move an assignment.</summary>
    /// <param name="request">The worker's name may be a short one; without a request id it gets one.</param>
    public Task<MoveAssignmentResponse> MoveAssignmentAsync(
        MoveAssignmentRequest request, CancellationToken cancellation = default)
    {
        MoveAssignmentRequest asked = request.Clone();
        asked.ToWorker = ResourceNames.Worker(request.ToWorker);
        asked.RequestId = RequestIds.Or(request.RequestId);
        return _calls.CallAsync(
            (invoker, options) =>
                new AssignmentService.AssignmentServiceClient(invoker).MoveAssignmentAsync(asked, options),
            cancellation);
    }

    /// <summary>Binds future placements of an assignment.</summary>
    /// <param name="assignment">As "jobs/{job}/assignments/{stage}-{index}".</param>
    public Task<PinAssignmentResponse> PinAssignmentAsync(
        string assignment, Pin pin, CancellationToken cancellation = default)
    {
        var request = new PinAssignmentRequest { Name = assignment, Pin = pin, RequestId = RequestIds.New() };
        return _calls.CallAsync(
            (invoker, options) =>
                new AssignmentService.AssignmentServiceClient(invoker).PinAssignmentAsync(request, options),
            cancellation);
    }

    /// <summary>Lets an assignment be placed anywhere again.</summary>
    /// <param name="assignment">As "jobs/{job}/assignments/{stage}-{index}".</param>
    public Task<UnpinAssignmentResponse> UnpinAssignmentAsync(
        string assignment, CancellationToken cancellation = default)
    {
        var request = new UnpinAssignmentRequest { Name = assignment, RequestId = RequestIds.New() };
        return _calls.CallAsync(
            (invoker, options) =>
                new AssignmentService.AssignmentServiceClient(invoker).UnpinAssignmentAsync(request, options),
            cancellation);
    }

    /// <summary>Running and recent operations, newest first.</summary>
    public Task<ListOperationsResponse> ListOperationsAsync(CancellationToken cancellation = default) =>
        _calls.AllPagesAsync(
            (token, invoker, options) => new OperationService.OperationServiceClient(invoker).ListOperationsAsync(
                new ListOperationsRequest { PageSize = UnaryCalls.PageSize, PageToken = token }, options),
            page => page.NextPageToken,
            all => all.NextPageToken = "",
            cancellation);

    public Task<GetOperationResponse> GetOperationAsync(string operation, CancellationToken cancellation = default) =>
        _calls.CallAsync(
            (invoker, options) => new OperationService.OperationServiceClient(invoker).GetOperationAsync(
                new GetOperationRequest { Name = ResourceNames.Operation(operation) }, options),
            cancellation);

    /// <summary>Answers when the operation is over, or with what it has come to when the time is.</summary>
    public Task<WaitOperationResponse> WaitOperationAsync(
        string operation, TimeSpan timeout, CancellationToken cancellation = default)
    {
        var request = new WaitOperationRequest
        {
            Name = ResourceNames.Operation(operation),
            Timeout = Duration.FromTimeSpan(timeout),
        };
        return _calls.CallAsync(
            (invoker, options) =>
                new OperationService.OperationServiceClient(invoker).WaitOperationAsync(request, options),
            cancellation);
    }

    public Task<CancelOperationResponse> CancelOperationAsync(
        string operation, CancellationToken cancellation = default)
    {
        var request = new CancelOperationRequest
        {
            Name = ResourceNames.Operation(operation),
            RequestId = RequestIds.New(),
        };
        return _calls.CallAsync(
            (invoker, options) =>
                new OperationService.OperationServiceClient(invoker).CancelOperationAsync(request, options),
            cancellation);
    }

    /// <param name="assignment">As "jobs/{job}/assignments/{stage}-{index}".</param>
    public Task<ExplainAssignmentResponse> ExplainAssignmentAsync(
        string assignment, CancellationToken cancellation = default) =>
        _calls.CallAsync(
            (invoker, options) => new AssignmentService.AssignmentServiceClient(invoker)
                .ExplainAssignmentAsync(new ExplainAssignmentRequest { Name = assignment }, options),
            cancellation);

    /// <summary>The cluster's events so far, oldest first.</summary>
    public Task<ListEventsResponse> ListEventsAsync(CancellationToken cancellation = default) => _calls.AllPagesAsync(
        (token, invoker, options) => new ClusterService.ClusterServiceClient(invoker).ListEventsAsync(
            new ListEventsRequest { PageSize = UnaryCalls.PageSize, PageToken = token }, options),
        page => page.NextPageToken,
        all => all.NextPageToken = "",
        cancellation);

    /// <summary>The cluster's events from now on. Ends with an exception when the connection does.</summary>
    public async IAsyncEnumerable<ClusterEvent> WatchEventsAsync(
        [EnumeratorCancellation] CancellationToken cancellation = default)
    {
        var client = new ClusterService.ClusterServiceClient(_connection.Invoker);
        using AsyncServerStreamingCall<WatchEventsResponse> call = client.WatchEvents(
            new WatchEventsRequest(), cancellationToken: cancellation);
        while (await StreamReading.NextAsync(call.ResponseStream, cancellation).ConfigureAwait(false))
        {
            yield return call.ResponseStream.Current.Event;
        }
    }
}
