using System.Globalization;
using Google.Protobuf;
using Google.Protobuf.WellKnownTypes;
using Millrace.Coordinator.Core;
using Millrace.Coordinator.Core.Events;
using Millrace.Coordinator.Core.Operations;
using Millrace.Coordinator.Core.Views;
using Millrace.Coordinator.Ingest;
using Millrace.Coordinator.Scrub;
using Proto = Millrace.Protocol.Admin.V1;

namespace Millrace.Coordinator.Rpc.Admin;

/// <summary>What the core shows, as the messages of the admin services. Enumerations of both have the same
/// numbers.</summary>
internal static class AdminMessages
{
    public static Proto.Worker ToProto(this WorkerView worker, long asOfUnixMs)
    {
        WorkerLoad? load = worker.Load;
        var message = new Proto.Worker
        {
            Name = ResourceNames.Worker(worker.Name),
            Incarnation = worker.Incarnation,
            State = (Proto.WorkerState)worker.State,
            StateReason = worker.StateReason,
            StateTime = Time(worker.StateUnixMs),
            HeartbeatAge = Duration.FromTimeSpan(worker.HeartbeatAge),
            LeaseRemaining = Duration.FromTimeSpan(worker.LeaseRemaining),
            Sdk = worker.Facts.Sdk,
            AssignmentCount = (uint)worker.AssignmentCount,
            MaxAssignments = (uint)worker.Facts.MaxAssignments,
            CpuRatio = load?.Cpu ?? 0,
            MemoryBytes = load?.MemoryBytes ?? 0,
            MemoryLimitBytes = load?.MemoryLimitBytes ?? 0,
            GcPauseTotal = Duration.FromTimeSpan(load?.GcPauseTotal ?? TimeSpan.Zero),
            ThreadPoolDelay = Duration.FromTimeSpan(load?.ThreadPoolDelay ?? TimeSpan.Zero),
            TickLateness = Duration.FromTimeSpan(load?.TickLateness ?? TimeSpan.Zero),
            PlacementWeight = worker.Weight,
            AsOfTime = Time(asOfUnixMs),
            Duty = (Proto.WorkerDuty)worker.Duty,
            DutyNote = worker.DutyNote,
            StandbyCount = (uint)worker.StandbyCount,
            DrainOperation = worker.Drain == 0 ? "" : ResourceNames.Operation(Operation.NameOf(worker.Drain)),
        };
        Show(message, worker.Evidence);
        message.QuarantineRemaining = worker.QuarantineLeft is { } left ? Duration.FromTimeSpan(left) : null;
        foreach ((string name, string value) in worker.Facts.Labels)
        {
            message.Labels[name] = value;
        }

        return message;
    }

    public static Proto.IngestPressure ToProto(this IngestGates ingest)
    {
        IntakePressure batches = ingest.Batches.Look();
        return new()
        {
            PendingBytes = (ulong)batches.Inside,
            MaxPendingBytes = (ulong)batches.Capacity,
            WaitingCount = (uint)batches.Waiting,
            QueueTime = Duration.FromTimeSpan(batches.QueueTime),
            RefusedCount = ingest.Refused,
            StreamCount = (uint)ingest.Streams,
            MaxStreamCount = (uint)ingest.MaxStreams,
        };
    }

    private static void Show(Proto.Worker message, WorkerEvidence evidence)
    {
        message.Phi = evidence.Phi;
        message.SuspectAfter = Duration.FromTimeSpan(evidence.SuspectAfter);
        message.LostAfter = Duration.FromTimeSpan(evidence.LostAfter);
        if (evidence.Process is { } process)
        {
            message.Process = (Proto.WorkerProcess)process;
            message.ProcessAge = Duration.FromTimeSpan(evidence.ProcessAge);
        }

        if (evidence.ExitCode is { } code)
        {
            message.ExitCode = (uint)code;
        }
    }

    public static Proto.Topic ToProto(this TopicView topic) => new()
    {
        Name = ResourceNames.Topic(topic.Name),
        Uid = topic.Id.Value,
        PartitionCount = (uint)topic.Partitions.Count(p => p.State == PartitionState.Open),
        KeyGroupCount = (uint)topic.KeyGroupCount,
        RetentionDuration = Duration.FromTimeSpan(TimeSpan.FromMilliseconds(topic.RetentionMs)),
        EventCount = topic.EventCount,
        CreateTime = Time(topic.CreateUnixMs),
        Partitioning = PartitioningMessages.Write(topic),
        FixedReason = topic.Partitioner.WhyFixed ?? "",
        Etag = topic.MapRevision.ToString(CultureInfo.InvariantCulture),
    };

    public static Proto.Partition ToProto(this PartitionView partition, string topic) => new()
    {
        Name = ResourceNames.Partition(topic, partition.Index),
        Index = (uint)partition.Index,
        Uid = partition.Id.Value,
        FirstOffset = partition.FirstOffset,
        NextOffset = partition.NextOffset,
        FirstKeyGroup = (uint)partition.KeyGroups.First,
        EndKeyGroup = (uint)partition.KeyGroups.End,
        FirstKey = ByteString.CopyFrom(partition.Share?.FirstKey ?? []),
        EndKey = ByteString.CopyFrom(partition.Share?.EndKey ?? []),
        State = (Proto.PartitionState)partition.State,
        SealPosition = partition.SealedAt,
        ParentIndices = { partition.Parents.Select(i => (uint)i) },
        ChildIndices = { partition.Children.Select(i => (uint)i) },
    };

    public static Proto.Job ToProto(this JobView job) => new()
    {
        Name = ResourceNames.Job(job.Name),
        Uid = job.Id.Value,
        State = (Proto.JobState)job.State,
        StateReason = job.StateReason,
        Spec = new()
        {
            Operator = job.Operator,
            SourceTopics = { ResourceNames.Topic(job.Topic) },
            Standbys = (uint)job.Standbys,
            BadEventPolicy = (Proto.BadEventPolicy)job.BadEvents.Policy,
            ParkKeys = job.BadEvents.ParkKey,
        },
        StandbyCount = (uint)job.StandbysFollowing,
        DeadLetterCount = (uint)job.DeadLetters.Kept,
        SkippedEvents = job.DeadLetters.Skipped,
        QuarantinedEvents = job.DeadLetters.Quarantined,
        RetriedEvents = job.DeadLetters.Retried,
        DiscardedEvents = job.DeadLetters.Discarded,
        FailedCount = (uint)job.FailedCount,
        AssignmentCount = (uint)job.AssignmentCount,
        UnassignedCount = (uint)job.UnassignedCount,
        UncommittedEvents = job.UncommittedEvents,
        LagEvents = job.LagEvents,
        CreateTime = Time(job.CreateUnixMs),
    };

    private static Proto.Standby ToProto(StandbyView standby) => new()
    {
        Worker = ResourceNames.Worker(standby.Worker),
        Following = standby.IsFollowing,
        AppliedOffset = standby.AppliedOffset,
        LagEvents = standby.NextOffset - standby.AppliedOffset,
        Epoch = standby.Epoch.Value,
    };

    public static Proto.Assignment ToProto(this AssignmentView assignment) => new()
    {
        Name = ResourceNames.Assignment(assignment.Job, assignment.Stage, assignment.Index),
        Job = ResourceNames.Job(assignment.Job),
        Stage = assignment.Stage,
        Topic = ResourceNames.Topic(assignment.Topic),
        PartitionIndex = (uint)assignment.Index,
        Worker = ResourceNames.Worker(assignment.Worker),
        PreviousWorker = ResourceNames.Worker(assignment.PreviousWorker),
        State = (Proto.AssignmentState)assignment.State,
        Reason = (Proto.AssignmentReason)assignment.Reason,
        ReasonTime = Time(assignment.ReasonUnixMs),
        Epoch = assignment.Epoch.Value,
        CommittedOffset = assignment.CommittedOffset,
        CommittedPosition = assignment.CommittedPosition,
        NextOffset = assignment.NextOffset,
        AppliedOffset = assignment.AppliedOffset,
        LagEvents = assignment.LagEvents,
        StateBytes = assignment.StateBytes,
        Uid = assignment.Task.Value,
        FirstEventUs = assignment.FirstEventUs,
        MovingTo = ResourceNames.Worker(assignment.MovingTo),
        Standbys = { assignment.Standbys.Select(ToProto) },
        Pin = assignment.Pin is { } pin
            ? new() { Worker = ResourceNames.Worker(pin.Worker), LabelSelector = pin.Selector(), Note = pin.Note }
            : null,
        Stopped = assignment.Stopped is { } stopped
            ? new() { Offset = stopped.Offset, Reason = stopped.Reason, StopTime = Time(stopped.UnixMs) }
            : null,
    };

    public static Proto.ClusterEvent ToProto(this ClusterEvent raised) => new()
    {
        Name = $"events/{raised.Revision}",
        Revision = raised.Revision,
        EventTime = Time(raised.UnixMs),
        Level = (Proto.EventLevel)raised.Level,
        Reason = raised.Reason,
        Subject = raised.Subject,
        Message = raised.Message,
    };

    /// <param name="version">Version of the coordinator.</param>
    public static Proto.Cluster ToProto(this ClusterView view, string version, ulong durableEnd, ulong firstPosition)
    {
        var message = new Proto.Cluster
        {
            Name = view.Name,
            Revision = view.Revision,
            CoordinatorIncarnation = view.Incarnation,
            Version = version,
            StartTime = Time(view.StartUnixMs),
            SafeToRemoveWorker = view.SafeToRemoveWorker,
            DurablePosition = durableEnd,
            FirstPosition = firstPosition,
            EventCount = view.EventCount,
            AsOfTime = Time(view.AsOfUnixMs),
            UnresolvedIncidentCount = (uint)view.UnresolvedIncidents,
        };
        message.UnsafeReasons.AddRange(view.UnsafeReasons);
        Count(message.WorkerCounts, view.Workers.Select(w => $"{w.State}"));
        Count(message.AssignmentCounts, view.Assignments.Select(a => $"{a.State}"));
        Count(message.JobCounts, view.Jobs.Select(j => $"{j.State}"));
        return message;
    }

    public static Proto.Scrub ToProto(ScrubStatus scrub) => new()
    {
        PassCount = scrub.Passes,
        CheckedBytes = scrub.Bytes,
        LastPassTime = scrub.LastPass is { } last ? Timestamp.FromDateTimeOffset(last) : null,
    };

    private static void Count(IDictionary<string, uint> counts, IEnumerable<string> states)
    {
        foreach (string state in states)
        {
            string name = state.ToUpperInvariant();
            counts.TryGetValue(name, out uint count);
            counts[name] = count + 1;
        }
    }

    internal static Timestamp Time(long unixMs) =>
        Timestamp.FromDateTimeOffset(DateTimeOffset.FromUnixTimeMilliseconds(unixMs));
}
