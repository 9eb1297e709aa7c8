using Millrace.Coordinator.Core.DeadLetters;
using Millrace.Coordinator.Core.Events;
using Millrace.Coordinator.Core.Incidents;
using Millrace.Coordinator.Core.Jobs;
using Millrace.Coordinator.Core.Membership;
using Millrace.Coordinator.Core.Operations;
using Millrace.Coordinator.Core.Placement;
using Millrace.Coordinator.Core.Placement.Balancing;
using Millrace.Coordinator.Core.Producers;
using Millrace.Coordinator.Core.Recovery;
using Millrace.Coordinator.Core.Requests;
using Millrace.Coordinator.Core.Retention;
using Millrace.Coordinator.Core.Topics;
using Millrace.Coordinator.Core.Topics.Partitioning;

namespace Millrace.Coordinator.Core;

/// <summary>
/// All durable control state: the fold of the journal's control records, producer ranges and partition directories.
/// Live operation moves it on by the same methods as replay, so that both end in the same state.
/// </summary>
/// <param name="spacing">How far retention's marks lie apart; null: the usual. Never changes in a journal's
/// life.</param>
internal sealed class CoordinatorState(MarkSpacing? spacing = null)
{
    /// <summary>The next frame starts at or after this: every frame below is applied.</summary>
    public ulong Position { get; private set; }

    /// <summary>Rises by one with each record.</summary>
    public ulong Revision { get; private set; }

    /// <summary>Empty: the journal has no record yet.</summary>
    public string ClusterName { get; private set; } = "";

    public long CreatedUnixMs { get; private set; }

    /// <summary>The newest incarnation that has started; 0: none.</summary>
    public ulong Incarnation { get; private set; }

    public long StartedUnixMs { get; private set; }

    public ProducerTable Producers { get; private init; } = new();

    public TopicTable Topics { get; private init; } = new();

    public DirectoryTable Directories { get; private init; } = new();

    public PartitionLedger Partitions { get; private init; } = new();

    public JobTable Jobs { get; private init; } = new();

    public AssignmentTable Assignments { get; private init; } = new();

    /// <summary>What operators want of workers.</summary>
    public DutyTable Duties { get; private init; } = new();

    public OperationTable Operations { get; private init; } = new();

    /// <summary>How tasks are placed, and the plans that were made.</summary>
    public RebalanceTable Rebalancing { get; private init; } = new();

    /// <summary>Events that could not be applied, and what was said about them.</summary>
    public DeadLetterTable DeadLetters { get; private init; } = new();

    public IncidentTable Incidents { get; private init; } = new();

    public RequestTable Requests { get; private init; } = new();

    public EventHistory Events { get; private init; } = new();

    public TimeMarks Marks { get; private init; } = new(spacing ?? MarkSpacing.Default);

    /// <summary>Replays a frame. Frames below <see cref="Position"/> are part of the state already and are skipped;
    /// those that hold nothing are the journal's own marks.</summary>
    /// <exception cref="StateException">The frame contradicts what came before.</exception>
    public void Apply(FrameFacts frame)
    {
        if (frame.Position < Position)
        {
            return;
        }

        foreach (ControlRecord record in frame.Records)
        {
            Apply(record);
        }

        foreach (ProducerRange range in frame.Ranges)
        {
            Producers.Apply(range, frame.UnixMs);
        }

        foreach (PartitionBlock block in frame.Blocks)
        {
            Partitions.Apply(block, frame.End);
        }

        Directories.Follow(Topics.FrameEnded(frame.End, Revision, Partitions));

        Position = frame.End;
        if (frame.Records.Count + frame.Ranges.Count + frame.Blocks.Count > 0)
        {
            Marks.FrameEnded(frame.End, frame.UnixMs, Partitions);
        }
    }

    public void Apply(ControlRecord record)
    {
        Revision++;
        switch (record)
        {
            case ClusterCreated created:
                ClusterName = created.Name;
                CreatedUnixMs = created.UnixMs;
                break;
            case CoordinatorStarted started:
                Start(started);
                break;
            case EpochsSkipped skipped:
                Assignments.Apply(skipped);
                break;
            case ProducerOpened opened:
                Producers.Apply(opened);
                break;
            case ProducerExpired expired:
                Producers.Apply(expired);
                break;
            case TopicCreated or RangesAdvanced or KeysPlaced or DirectoryClosed or PartitionsReplaced
                or PartitionsForgotten:
                TopicRules.Apply(this, record);
                break;
            case TasksReplaced replaced:
                Apply(replaced);
                break;
            case JobDeployed deployed:
                Jobs.Apply(deployed);
                Assignments.Apply(deployed);
                Answer(deployed.Request, "job", deployed.Name, deployed.UnixMs);
                break;
            case TaskAssigned assigned:
                Apply(assigned);
                break;
            case TaskCommitted committed:
                Assignments.Apply(committed);
                DeadLetters.Committed(Assignments.Find(committed.Task)!);
                break;
            case JournalTrimmed trimmed:
                Marks.Apply(trimmed, Partitions);
                break;
            case EventRaised raised:
                Events.Add(new(Revision, raised.UnixMs, raised.Level, raised.Reason, raised.Subject, raised.Message));
                break;
            default:
                ApplyOperators(record);
                break;
        }
    }

    /// <summary>Remembers what a request has come to.</summary>
    public void Answer(Request? request, string kind, string name, long unixMs)
    {
        if (request is not null)
        {
            Requests.Add(new AnsweredRequest(request.Id, request.Hash, kind, name, unixMs));
        }
    }

    /// <summary>Seals the open frame: numbers its blocks and counts them, and the ranges admitted to it, as
    /// stored.</summary>
    public void Seal(Span<PartitionBlock> blocks, ulong frameEnd, long unixMs)
    {
        Partitions.Seal(blocks, frameEnd);
        Producers.StampOpenFrame(unixMs);
        Directories.Follow(Topics.FrameEnded(frameEnd, Revision, Partitions));
        Position = frameEnd;
        Marks.FrameEnded(frameEnd, unixMs, Partitions);
    }

    /// <summary>Copies everything. Only right after a frame was sealed (or replayed) and before anything else is
    /// handled: in between, state runs ahead of the frames.</summary>
    public ControlSnapshot ToSnapshot(ulong position) => new(
        position,
        Revision,
        new ClusterDto(ClusterName, CreatedUnixMs, Incarnation, StartedUnixMs),
        Producers.ToSnapshot(),
        Topics.ToSnapshot(),
        Partitions.ToSnapshot(),
        Jobs.ToSnapshot(),
        Assignments.ToSnapshot(),
        Requests.ToList(),
        Events.ToList(),
        Marks.ToSnapshot(),
        Duties.ToList(),
        Operations.ToSnapshot(),
        Directories.ToSnapshot(),
        Rebalancing.ToSnapshot(),
        DeadLetters.ToSnapshot(),
        Incidents.ToSnapshot());

    public static CoordinatorState FromSnapshot(ControlSnapshot snapshot, MarkSpacing? spacing = null)
    {
        TopicTable topics = TopicTable.FromSnapshot(snapshot.Topics);
        var state = new CoordinatorState(spacing)
        {
            Position = snapshot.Position,
            Revision = snapshot.Revision,
            ClusterName = snapshot.Cluster.Name,
            CreatedUnixMs = snapshot.Cluster.CreatedUnixMs,
            Incarnation = snapshot.Cluster.Incarnation,
            StartedUnixMs = snapshot.Cluster.StartedUnixMs,
            Producers = ProducerTable.FromSnapshot(snapshot.Producers),
            Topics = topics,
            Directories = DirectoryTable.FromSnapshot(snapshot.Directories, topics),
            Partitions = PartitionLedger.FromSnapshot(
                snapshot.Partitions, snapshot.Topics.Topics.Aggregate(0UL, (sum, t) => sum + t.ForgottenEvents)),
            Jobs = JobTable.FromSnapshot(snapshot.Jobs),
            Assignments = AssignmentTable.FromSnapshot(snapshot.Assignments),
            Marks = TimeMarks.FromSnapshot(snapshot.Marks, spacing ?? MarkSpacing.Default),
            Duties = DutyTable.FromSnapshot(snapshot.Duties),
            Operations = OperationTable.FromSnapshot(snapshot.Operations),
            Rebalancing = RebalanceTable.FromSnapshot(snapshot.Rebalancing),
            DeadLetters = DeadLetterTable.FromSnapshot(snapshot.DeadLetters),
            Incidents = IncidentTable.FromSnapshot(snapshot.Incidents),
        };
        foreach (AnsweredRequest request in snapshot.Requests)
        {
            state.Requests.Add(request);
        }

        foreach (ClusterEvent raised in snapshot.Events)
        {
            state.Events.Add(raised);
        }

        return state;
    }

    /// <summary>What operators ask for.</summary>
    private void ApplyOperators(ControlRecord record)
    {
        switch (record)
        {
            case StandbysChanged changed:
                Jobs.Apply(changed);
                Answer(changed.Request, "job", Jobs.Get(changed.Job).Name, changed.UnixMs);
                break;
            case WorkerCordoned cordoned:
                Duties.Apply(cordoned);
                Answer(cordoned.Request, "worker", cordoned.Worker, cordoned.UnixMs);
                break;
            case WorkerUncordoned uncordoned:
                Duties.Apply(uncordoned);
                Answer(uncordoned.Request, "worker", uncordoned.Worker, uncordoned.UnixMs);
                break;
            case DrainStarted drain:
                Duties.Apply(drain);
                Operations.Apply(drain);
                Answer(drain.Request, "operation", Operation.NameOf(drain.Operation), drain.UnixMs);
                break;
            case MoveStarted move:
                Operations.Apply(move);
                Answer(move.Request, "operation", Operation.NameOf(move.Operation), move.UnixMs);
                break;
            case TaskWarming warming:
                Apply(warming);
                break;
            case StandbyLoaded loaded:
                Assignments.Apply(loaded);
                break;
            case WarmingEnded ended:
                Apply(ended);
                break;
            case OperationEnded ended:
                Apply(ended);
                break;
            case TaskPinned pinned:
                Assignments.Apply(pinned);
                Answer(pinned.Request, "assignment", pinned.Assignment, pinned.UnixMs);
                break;
            case TaskUnpinned unpinned:
                Assignments.Apply(unpinned);
                Answer(unpinned.Request, "assignment", unpinned.Assignment, unpinned.UnixMs);
                break;
            default:
                ApplyRebalancing(record);
                break;
        }
    }

    private void ApplyRebalancing(ControlRecord record)
    {
        switch (record)
        {
            case RebalancePolicyChanged changed:
                Rebalancing.Apply(changed);
                Answer(changed.Request, "policy", changed.Strategy, changed.UnixMs);
                break;
            case PlanCreated created:
                Rebalancing.Apply(created, operation => Operations.Find(operation)?.IsRunning == true);
                Answer(created.Request, "plan", created.Plan.Name, created.UnixMs);
                break;
            case PlanApplied applied:
                Rebalancing.Apply(applied);
                Operations.Apply(applied);
                Answer(applied.Request, "operation", Operation.NameOf(applied.Operation), applied.UnixMs);
                break;
            case PlanDeleted deleted:
                Rebalancing.Apply(deleted);
                Answer(deleted.Request, "plan", StoredPlan.NameOf(deleted.Plan), deleted.UnixMs);
                break;
            case IncidentRecord incident:
                IncidentRules.Apply(this, incident);
                break;
            default:
                DeadLetterRules.Apply(this, record);
                break;
        }
    }

    private void Apply(TasksReplaced replaced)
    {
        Jobs.Apply(replaced);
        Assignments.Apply(replaced);
        DeadLetters.Apply(replaced);
    }

    private void Apply(TaskAssigned assigned)
    {
        AssignedTask? task = Assignments.Find(assigned.Task);
        string from = task?.Worker ?? "";
        if (task?.Transfer is { } copy && copy.Epoch != assigned.Epoch)
        {
            Note(task, copy, MoveState.Failed, "OWNER_CHANGED", assigned.UnixMs);
        }

        Assignments.Apply(assigned);
        Operations.Note(
            assigned.Operation,
            new MoveItem(
                assigned.Task, NameOf(task), from, assigned.Worker, MoveState.Moved, "", assigned.UnixMs));
    }

    private void Apply(TaskWarming warming)
    {
        Assignments.Apply(warming);
        Note(Assignments.Find(warming.Task)!, WarmCopy.Of(warming), MoveState.Warming, "", warming.UnixMs);
    }

    private void Apply(WarmingEnded ended)
    {
        if (Assignments.Find(ended.Task) is { } task
            && task.Copies.FirstOrDefault(c => c.Epoch == ended.Epoch) is { } copy)
        {
            Note(task, copy, MoveState.Failed, ended.Reason, ended.UnixMs);
        }

        Assignments.Apply(ended);
    }

    private void Note(AssignedTask task, WarmCopy copy, MoveState state, string reason, long unixMs) =>
        Operations.Note(
            copy.Operation,
            new MoveItem(task.Id, NameOf(task), task.Worker, copy.Owner.Worker, state, reason, unixMs));

    private string NameOf(AssignedTask? task) =>
        task is null ? "" : $"{TaskName.Of(Jobs.Get(task.Job), task)}";

    private void Apply(OperationEnded ended)
    {
        Operations.Apply(ended);
        if (Operations.Find(ended.Operation) is { Verb: OperationVerb.DrainWorker } drain)
        {
            Duties.EndDrain(drain.Worker, drain.Number, ended.State == OperationState.Succeeded, ended.UnixMs);
        }

        Answer(ended.Request, "operation", Operation.NameOf(ended.Operation), ended.UnixMs);
    }

    private void Start(CoordinatorStarted started)
    {
        if (started.Incarnation <= Incarnation)
        {
            throw new StateException($"incarnation {started.Incarnation} starts after {Incarnation}");
        }

        Incarnation = started.Incarnation;
        StartedUnixMs = started.UnixMs;
    }
}
