using Millrace.Common.Model;
using Millrace.Coordinator.Core.Checkpoints;
using Millrace.Coordinator.Core.Crashes;
using Millrace.Coordinator.Core.DeadLetters;
using Millrace.Coordinator.Core.Health;
using Millrace.Coordinator.Core.HotKeys;
using Millrace.Coordinator.Core.Incidents;
using Millrace.Coordinator.Core.Jobs;
using Millrace.Coordinator.Core.Membership;
using Millrace.Coordinator.Core.Operations;
using Millrace.Coordinator.Core.Placement;
using Millrace.Coordinator.Core.Placement.Balancing;
using Millrace.Coordinator.Core.Producers;
using Millrace.Coordinator.Core.Recovery;
using Millrace.Coordinator.Core.Retention;
using Millrace.Coordinator.Core.Topics;
using Millrace.Coordinator.Core.Topics.Partitioning;
using Millrace.Coordinator.Core.Views;

namespace Millrace.Coordinator.Core;

/// <summary>
/// Decides everything: single-threaded, without clock, disk or network. Given the state, an input and the time it
/// changes the state and says what is to be done. Durable state changes only by records, ranges and blocks, which go
/// to the journal in the order in which they were applied here; what is known of workers' lives is not durable and is
/// learnt anew.
/// </summary>
internal sealed class CoordinatorMachine
{
    private readonly CoordinatorState _state;
    private readonly Turn _turn;
    private readonly MemberTable _members = new();
    private readonly ProgressBoard _progress;
    private readonly Registration _registration;
    private readonly HealthWatch _health;
    private readonly Quarantine _quarantine;
    private readonly StallWatch _stalls;
    private readonly Transfers _transfers;
    private readonly Standbys _standbys;
    private readonly RestoreWatch _restores;
    private readonly Operators _operators;
    private readonly PlacementRound _placement;
    private readonly LoadBoard _loads;
    private readonly HotKeyBoard _hotKeys;
    private readonly PlanRunner _runner;
    private readonly Rebalancer _rebalancer;
    private readonly RebalanceCommands _rebalancing;
    private readonly PoisonJudge _poison;
    private readonly CrashWatch _crashes;
    private readonly DeadLetterCommands _deadLetters;
    private readonly Mender _mender;
    private readonly IncidentCommands _incidents;
    private readonly CommitCommands _commits;
    private readonly ProducerCommands _producers;
    private readonly Admission _admission;
    private readonly BatchPlacement _batches;
    private readonly TopicCommands _topics;
    private readonly JobCommands _jobs;
    private readonly RetentionRule _retention;
    private readonly ViewBuilder _views;
    private readonly PartitionCommands _partitions;
    private readonly Succession _succession;
    private readonly RangeClock _ranges;
    private TimeSpan _startedAt;
    private ulong _publishedRouting;

    /// <param name="state">Empty, or as recovered. The machine owns it from now on.</param>
    public CoordinatorMachine(CoordinatorState state, CoordinatorPolicy policy)
    {
        _state = state;
        _publishedRouting = state.Topics.Routing.Revision;
        _turn = new Turn(state, policy);
        var mover = new Mover(_turn, _members);
        _progress = new ProgressBoard(state, _members);
        _transfers = new Transfers(_turn, _members, mover);
        _quarantine = new Quarantine(_turn, _members);
        _crashes = new CrashWatch(_turn, _members, _transfers, _quarantine);
        var desk = new IncidentDesk(_turn);
        _mender = new Mender(_turn, _members, desk);
        _incidents = new IncidentCommands(_turn);
        _registration = new Registration(_turn, _members, _crashes, _transfers, mover, desk);
        _health = new HealthWatch(_turn, _members, _crashes);
        _stalls = new StallWatch(_turn, _members, _progress);
        _standbys = new Standbys(_turn, _members, _progress, _transfers);
        _loads = new LoadBoard(state, _members);
        var sites = new PlanSites(_turn, _members, _loads, _progress, _transfers);
        _batches = new BatchPlacement(_turn);
        _hotKeys = new HotKeyBoard(state, _batches);
        var heavy = new HeavyTasks(_turn, _hotKeys, _loads);
        var maker = new PlanMaker(_turn, sites, heavy);
        var targets = new Targets(_turn, sites);
        _placement = new PlacementRound(_turn, _members, mover, _transfers, targets);
        _restores = new RestoreWatch(_turn, _members, _progress, mover, targets);
        _operators = new Operators(_turn, _members, _transfers, targets);
        _runner = new PlanRunner(_turn, _members, _transfers);
        _rebalancer = new Rebalancer(_turn, _members, _transfers, _loads, maker, _runner);
        _rebalancing = new RebalanceCommands(
            _turn, maker, _runner, _rebalancer, new TaskExplainer(_turn, _members, sites, _loads, heavy));
        _poison = new PoisonJudge(_turn, _members);
        _deadLetters = new DeadLetterCommands(_turn, _poison);
        _commits = new CommitCommands(_turn, _members, mover, targets, desk, _mender);
        _producers = new ProducerCommands(_turn);
        _admission = new Admission(state, policy);
        _topics = new TopicCommands(_turn);
        _jobs = new JobCommands(_turn);
        _partitions = new PartitionCommands(_turn, _batches, _hotKeys);
        _ranges = new RangeClock(_turn);
        _succession = new Succession(_turn, _members, _transfers);
        _retention = new RetentionRule(_turn, _transfers);
        _views = new ViewBuilder(state, policy, _members, _progress, _transfers);
    }

    /// <summary>Handles one input. The first one must be <see cref="StartCoordinator"/>.</summary>
    /// <param name="openPosition">Position at which the open frame starts. Never falls.</param>
    /// <param name="effects">Appended to, in the order in which they are to be carried out.</param>
    public void Handle(Input input, Now now, ulong openPosition, List<Effect> effects)
    {
        _turn.Begin(now, openPosition, effects);
        FollowSeals();
        switch (input)
        {
            case StartCoordinator start:
                Start(start);
                break;
            case Tick:
                TimePassed();
                break;
            case WorkerHeard heard:
                _health.Heard(heard);
                break;
            case WorkerHeartbeat beat:
                _placement.Due |= _health.Heartbeat(beat);
                break;
            case TaskProgressed progressed:
                _progress.Report(progressed);
                _transfers.Report(progressed);
                _loads.Report(progressed, now.Uptime);
                break;
            case HotKeysSeen seen:
                _hotKeys.Report(seen, now.Uptime);
                break;
            case CommitRequested commit:
                _commits.Commit(commit);
                Succeed(commit.Task);
                break;
            case PoisonReported report:
                _poison.Report(report);
                break;
            case TrialAsked asked:
                _crashes.Asked(asked);
                break;
            case SessionBroken broken:
                _health.Broken(broken);
                break;
            case ProcessSeen seen:
                PlaceNow(_health.See(seen));
                break;
            case WatchEnded ended:
                _health.WatchEnded(ended);
                break;
            case WorkerHello hello:
                _registration.Hello(hello);
                PlaceNow();
                break;
            case WorkerGoodbye goodbye:
                _registration.Goodbye(goodbye);
                PlaceNow();
                break;
            default:
                HandleCall(input);
                break;
        }

        // Whoever has changed it has told.
        _publishedRouting = _state.Topics.Routing.Revision;
    }

    /// <summary>How events of a topic are routed into the open frame; null: there is no such topic.</summary>
    public TopicRoute? RouteOf(TopicId topic) => _state.Topics.Find(topic)?.Route;

    /// <summary>Decides about a batch and, if it is to be stored, counts it as stored in the open frame. The caller
    /// has made sure that it fits there.</summary>
    /// <param name="streamId">The stream that it came on; rises from stream to stream. 0: a plain call, which neither
    /// replaces a stream nor is replaced by one.</param>
    public PublishVerdict Admit(
        string producerId,
        ulong producerEpoch,
        TopicId topic,
        ulong firstSequence,
        int count,
        ulong streamId) =>
        _admission.Admit(producerId, producerEpoch, topic, firstSequence, count, streamId);

    /// <summary>The index of the partition that a whole batch of a topic that spreads goes to. To be asked once for
    /// each batch that is stored.</summary>
    /// <param name="events">How many of its events are stored.</param>
    public int ChoosePartition(TopicId topic, int events, Now now) => _batches.Choose(topic, events, now.Uptime);

    /// <summary>The partitions of a batch's events, by the topic's directory of keys; new keys are placed. To be asked
    /// once for each batch that is stored, with the events that are.</summary>
    /// <param name="partitions">Out: the index of each event's partition.</param>
    /// <param name="openPosition">As of <see cref="Handle"/>.</param>
    /// <param name="effects">Appended to: records for the open frame, at most
    /// <see cref="BatchPlacement.RecordBytes"/> of them.</param>
    public void PlaceKeys(
        TopicId topic,
        in KeyedEvents events,
        Span<int> partitions,
        Now now,
        ulong openPosition,
        List<Effect> effects)
    {
        _turn.Begin(now, openPosition, effects);
        _batches.Place(topic, events, partitions);
    }

    /// <summary>The open frame is sealed. To be called for every frame, also for one without blocks.</summary>
    /// <param name="blocks">In: partition, count, and as HashSumAfter the sum of the block's own entries. Out: also
    /// the first offset, and the sum over the whole partition. One block per partition.</param>
    /// <param name="frameEnd">End of the frame, padding included.</param>
    /// <param name="unixMs">The frame's own time, exactly as it is written to it.</param>
    public void SealBlocks(Span<PartitionBlock> blocks, ulong frameEnd, long unixMs) =>
        _state.Seal(blocks, frameEnd, unixMs);

    /// <summary>An immutable picture of everything.</summary>
    public ClusterView View(Now now) => _views.Build(now);

    /// <summary>Control state as of a frame's end. Only right after that frame was sealed, while nothing new is
    /// open.</summary>
    public ControlSnapshot ToSnapshot(ulong frameEnd) => _state.ToSnapshot(frameEnd);

    /// <summary>The oldest journal position that a task or a topic's retention needs, and who does.</summary>
    /// <param name="durableEnd">The answer if nobody needs anything.</param>
    public RetentionFloor OldestNeeded(Now now, ulong durableEnd) => _retention.Floor(now, durableEnd);

    /// <inheritdoc cref="OldestNeeded"/>
    public ulong OldestNeededPosition(Now now, ulong durableEnd) => OldestNeeded(now, durableEnd).Position;

    private void HandleCall(Input input)
    {
        switch (input)
        {
            case OpenProducer open:
                _producers.Open(open);
                break;
            case CreateTopic create:
                _topics.Create(create);
                break;
            case SplitPartition split:
                _partitions.Split(split);
                break;
            case MergePartitions merge:
                _partitions.Merge(merge);
                break;
            case DeployJob deploy:
                if (_jobs.Deploy(deploy))
                {
                    _succession.Due = true;
                    PlaceNow();
                }

                break;
            case UpdateJob update:
                _jobs.Update(update);
                break;
            case OperatorInput asked when _rebalancing.Handle(asked) || _deadLetters.Handle(asked)
                || _incidents.Handle(asked):
                break;
            case OperatorInput asked:
                if (_operators.Handle(asked))
                {
                    PlaceNow();
                }

                break;
            case Inspect inspect:
                _turn.Reply(inspect.Call, _views.Build(_turn.Now));
                break;
            case InspectEvents inspect:
                _turn.Reply(inspect.Call, new EventsSince(_state.Events.After(inspect.AfterRevision)));
                break;
            case LocateKeys locate:
                _turn.Reply(locate.Call, _batches.Locate(locate));
                break;
            case LocateJob locate:
                _turn.Reply(locate.Call, _views.Locate(locate.Job));
                break;
            case DamageFound found:
                _mender.Found(found);
                break;
            case ReclaimJournal reclaim:
                _mender.Kept(reclaim.Below);
                _retention.Reclaim(reclaim);
                break;
            default:
                throw new ArgumentException($"There is no rule for an input {input.GetType().Name}.", nameof(input));
        }
    }

    private void Start(StartCoordinator start)
    {
        _startedAt = _turn.Now.Uptime;
        _health.Begin();
        _transfers.Begin();
        _runner.Begin();
        if (_state.ClusterName.Length == 0)
        {
            _turn.Record(new ClusterCreated(start.ClusterName, _turn.Now.UnixMs));
        }

        _turn.Record(new CoordinatorStarted(start.Incarnation, _turn.Now.UnixMs));
        _turn.Raise(
            EventLevel.Info,
            "COORDINATOR_STARTED",
            "cluster",
            $"The coordinator started as incarnation {start.Incarnation}.");
        _turn.Emit(new PublishRouting(_state.Topics.Routing));
        if (_state.Marks.Trimmed > 0)
        {
            _turn.Emit(new TrimJournal(_state.Marks.Trimmed));
        }

        _succession.Begin();
        _registration.PresumeOwners();
    }

    /// <summary>A frame has ended since the last input, and partitions with it: now it is known where.</summary>
    private void FollowSeals()
    {
        if (_state.Topics.Routing.Revision == _publishedRouting)
        {
            return;
        }

        _turn.Emit(new PublishRouting(_state.Topics.Routing));
        _succession.Due = true;
    }

    /// <summary>A commit may have been the last one that a new task waited for, or the first one of a new
    /// task.</summary>
    private void Succeed(TaskId committed)
    {
        if (_state.Assignments.Find(committed) is not { } task)
        {
            return;
        }

        _succession.DropOrigins(task);
        if (_state.Topics.Get(task.Partition).SealedAt > 0)
        {
            _succession.Due = true;
            RunSuccession();
        }
    }

    private void RunSuccession()
    {
        bool made = false;
        while (_succession.Run())
        {
            made = true;
        }

        if (made)
        {
            PlaceNow();
        }
    }

    private void TimePassed()
    {
        RunSuccession();
        _ranges.Advance();
        _placement.Due |= _health.Tick();
        _placement.Due |= _quarantine.Tick() | _stalls.Tick();
        _placement.Run();
        _transfers.Advance();
        _restores.Tick();
        _standbys.Advance();
        _operators.Advance();
        _runner.Advance();
        if (!_placement.Due && _turn.Now.Uptime - _startedAt >= _turn.Policy.Lease)
        {
            _placement.HasLost &= !_rebalancer.Run(_placement.HasLost);
        }

        _producers.ExpireSilent();
        _mender.Tick();
    }

    private void PlaceNow(bool due = true)
    {
        if (due)
        {
            _placement.Due = true;
            _placement.Run();
        }
    }
}
