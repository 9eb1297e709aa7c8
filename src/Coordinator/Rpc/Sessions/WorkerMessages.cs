using Google.Protobuf;
using Millrace.Common.Keys;
using Millrace.Common.Model;
using Millrace.Coordinator.Core;
using Millrace.Coordinator.Core.Crashes;
using Millrace.Coordinator.Core.DeadLetters;
using Millrace.Coordinator.Core.Topics;
using Proto = Millrace.Protocol.Worker.V1;

namespace Millrace.Coordinator.Rpc.Sessions;

/// <summary>The control stream's messages as the core's inputs, and the core's messages as those of the
/// stream.</summary>
internal static class WorkerMessages
{
    public static WorkerHello ToInput(Proto.Hello hello, ulong session) => new(
        hello.Worker,
        hello.Incarnation,
        session,
        new WorkerFacts(
            hello.Sdk,
            (int)Math.Min(hello.MaxAssignments, int.MaxValue),
            [.. hello.Operators],
            hello.Labels.ToDictionary(label => label.Key, label => label.Value)),
        [.. hello.Held.Select(h => new HeldTask(new TaskId(h.TaskId), new Epoch(h.Epoch), h.Position))],
        hello.ReceivedPosition);

    public static WorkerHeartbeat ToInput(Proto.Heartbeat beat, string worker, ulong session) => new(
        worker,
        session,
        beat.Sequence,
        new WorkerLoad(
            double.IsFinite(beat.CpuRatio) ? Math.Clamp(beat.CpuRatio, 0, 1) : 0,
            beat.MemoryBytes,
            beat.MemoryLimitBytes,
            Microseconds(beat.GcPauseTotalUs),
            Microseconds(beat.ThreadPoolDelayUs),
            Microseconds(beat.TickLatenessUs)));

    public static TaskProgressed ToInput(Proto.Progress progress, string worker, ulong session) => new(
        worker,
        session,
        [
            .. progress.Tasks.Where(t => t.State != Proto.TaskState.Unspecified && Enum.IsDefined(t.State)).Select(t =>
                new TaskProgress(
                    new TaskId(t.TaskId),
                    new Epoch(t.Epoch),
                    (TaskRunState)t.State,
                    t.Position,
                    t.NextOffset,
                    t.StateBytes,
                    t.FirstEventUs,
                    t.BusyUs)),
        ]);

    public static PoisonReported ToInput(Proto.Poison poison, string worker, ulong session) => new(
        worker,
        session,
        new TaskId(poison.TaskId),
        new Epoch(poison.Epoch),
        poison.Offset,
        poison.Reason,
        poison.KeyIsParked,
        poison.Key.ToByteArray(),
        poison.Entry.ToByteArray());

    public static TrialAsked ToInput(Proto.Trial trial, string worker, ulong session) => new(
        worker,
        session,
        new TaskId(trial.TaskId),
        new Epoch(trial.Epoch),
        new Trial(trial.Offset, trial.Waits));

    /// <summary>The outputs of a commit; null when it names a topic that does not exist.</summary>
    public static IReadOnlyList<TopicSequence>? OutputsOf(Proto.Commit commit, Routing routing)
    {
        var outputs = new List<TopicSequence>(commit.OutputSequences.Count);
        foreach (Proto.OutputSequence output in commit.OutputSequences)
        {
            if (!routing.Topics.TryGetValue(output.Topic, out TopicRoute? route))
            {
                return null;
            }

            outputs.Add(new TopicSequence(route.Topic, output.LastSequence));
        }

        return outputs;
    }

    public static RestorePoint PointOf(Proto.Commit commit) =>
        new(commit.SnapshotId, commit.Position, commit.NextOffset, commit.HashSum);

    public static Proto.SessionResponse ToResponse(ToWorker message, ulong session) => message switch
    {
        Welcome welcome => new() { Welcome = ToProto(welcome, session) },
        Assign assign => new() { Assign = ToProto(assign) },
        Revoke revoke => new()
        {
            Revoke = new() { TaskId = revoke.Task.Value, Epoch = revoke.Epoch.Value, Reason = revoke.Reason },
        },
        Fenced fenced => new()
        {
            Fenced = new() { TaskId = fenced.Task.Value, Epoch = fenced.Epoch.Value, Reason = fenced.Reason },
        },
        GiveVerdicts give => new()
        {
            Verdicts = new() { TaskId = give.Task.Value, Epoch = give.Epoch.Value, List = ToProto(give.List) },
        },
        GiveLeave give => new()
        {
            TrialLeave = new()
            {
                TaskId = give.Task.Value,
                Epoch = give.Epoch.Value,
                Offset = give.Leave.Offset,
                Count = give.Leave.Count,
            },
        },
        TakeSnapshot take => new()
        {
            TakeSnapshot = new() { TaskId = take.Task.Value, Epoch = take.Epoch.Value },
        },
        Shutdown shutdown => new() { Shutdown = new() { Reason = shutdown.Reason } },
        FinishTask finish => new()
        {
            FinishTask = new()
            {
                TaskId = finish.Task.Value,
                Epoch = finish.Epoch.Value,
                End = ToProto(finish.End),
            },
        },
        CommitAnswer answer => new()
        {
            CommitResult = new()
            {
                CommitId = answer.CommitId,
                TaskId = answer.Task.Value,
                Epoch = answer.Epoch.Value,
                Accepted = answer.Accepted,
                Reason = answer.Reason,
            },
        },
        _ => throw new ArgumentException($"There is no message for a {message.GetType().Name}.", nameof(message)),
    };

    private static Proto.Welcome ToProto(Welcome welcome, ulong session) => new()
    {
        CoordinatorIncarnation = welcome.Incarnation,
        SessionId = session,
        LeaseMs = (uint)welcome.Lease.TotalMilliseconds,
        HeartbeatIntervalMs = (uint)welcome.HeartbeatInterval.TotalMilliseconds,
        CheckpointIntervalMs = (uint)welcome.CheckpointInterval.TotalMilliseconds,
    };

    private static Proto.Assign ToProto(Assign assign) => new()
    {
        TaskId = assign.Task.Value,
        Epoch = assign.Epoch.Value,
        Job = assign.Job,
        Stage = assign.Stage,
        Operator = assign.Operator,
        Topic = assign.Topic,
        PartitionIndex = (uint)assign.PartitionIndex,
        FirstKeyGroup = (uint)assign.KeyGroups.First,
        EndKeyGroup = (uint)assign.KeyGroups.End,
        KeyGroupCount = (uint)assign.KeyGroupCount,
        Confirmed = assign.Confirmed,
        KeyFunction = (Proto.KeyFunction)assign.KeyFunction,
        Warm = assign.Warm,
        Standby = assign.Standby,
        Restore = ToProto(assign.Restore),
        Older = assign.Older is { } older ? ToProto(older) : null,
        Origins =
        {
            assign.Origins.Select(origin => new Proto.StateOrigin
            {
                SnapshotId = origin.SnapshotId,
                FirstKeyGroup = (uint)origin.KeyGroups.First,
                EndKeyGroup = (uint)origin.KeyGroups.End,
                Share = origin.Share is { } share ? ToProto(share) : null,
            }),
        },
        End = assign.End is { } end ? ToProto(end) : null,
        Verdicts = ToProto(assign.Verdicts),
        Careful = assign.Careful,
    };

    private static Proto.VerdictList ToProto(VerdictList list) => new()
    {
        PassedOffsets = { list.Passed },
        ParkedKeys =
        {
            list.Parked.Select(k => new Proto.ParkedKey
            {
                Key = ByteString.CopyFrom(k.Key),
                FromOffset = k.From,
                UntilOffset = k.Until ?? 0,
            }),
        },
    };

    private static Proto.RestorePoint ToProto(RestorePoint point) => new()
    {
        SnapshotId = point.SnapshotId,
        Position = point.Position,
        NextOffset = point.NextOffset,
        HashSum = point.HashSum,
    };

    private static Proto.KeyShare ToProto(KeyShare share) => new()
    {
        FirstKey = ByteString.CopyFrom(share.FirstKey ?? []),
        EndKey = ByteString.CopyFrom(share.EndKey ?? []),
        FirstHash = share.FirstHash,
        EndHash = share.EndHash,
        Only = { (share.Only ?? []).Select(k => ByteString.CopyFrom(k)) },
        Except = { (share.Except ?? []).Select(k => ByteString.CopyFrom(k)) },
    };

    private static Proto.TaskEnd ToProto(TaskEnd end) => new() { Position = end.Position, NextOffset = end.NextOffset };

    private static TimeSpan Microseconds(ulong count) =>
        TimeSpan.FromMicroseconds(Math.Min(count, (ulong)TimeSpan.FromDays(365).TotalMicroseconds));
}
