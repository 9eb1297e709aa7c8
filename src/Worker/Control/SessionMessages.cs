using Google.Protobuf;
using Millrace.Common.Model;
using Millrace.Protocol.Worker.V1;
using Millrace.Worker.Core;
using Millrace.Worker.Core.Tasks;

namespace Millrace.Worker.Control;

/// <summary>The control stream's messages as the core's inputs, and the core's messages as those of the
/// stream.</summary>
internal static class SessionMessages
{
    public const uint ProtocolVersion = 1;

    public static SessionRequest Hello(WorkerIdentity identity, Holdings held)
    {
        var hello = new Hello
        {
            Worker = identity.Name,
            Incarnation = identity.Incarnation,
            ProtocolVersion = ProtocolVersion,
            Sdk = identity.Sdk,
            MaxAssignments = (uint)identity.MaxAssignments,
            ReceivedPosition = held.ReceivedPosition,
        };
        hello.Operators.AddRange(identity.Operators);
        foreach ((string name, string value) in identity.Labels)
        {
            hello.Labels[name] = value;
        }

        hello.Held.AddRange(held.Tasks.Select(task => new HeldTask
        {
            TaskId = task.Task.Value,
            Epoch = task.Epoch.Value,
            Position = task.Position,
        }));
        return new SessionRequest { Hello = hello };
    }

    public static SessionRequest ToRequest(SessionMessage message) => message switch
    {
        SendCommit commit => new() { Commit = ToCommit(commit) },
        SendProgress progress => new() { Progress = new() { Tasks = { progress.Tasks.Select(ToProgress) } } },
        SendRevokeDone done => new() { RevokeDone = new() { TaskId = done.Task.Value, Epoch = done.Epoch.Value } },
        SendPoison poison => new() { Poison = ToPoison(poison) },
        SendTrial trial => new()
        {
            Trial = new()
            {
                TaskId = trial.Task.Value,
                Epoch = trial.Epoch.Value,
                Offset = trial.Trial.Offset,
                Waits = trial.Trial.Waits,
            },
        },
        SendGoodbye goodbye => new() { Goodbye = new() { Reason = goodbye.Reason } },
        _ => throw new ArgumentException($"There is no message for a {message.GetType().Name}.", nameof(message)),
    };

    /// <summary>Null: nothing that the core must hear.</summary>
    public static WorkerInput? ToInput(SessionResponse response) => response.MessageCase switch
    {
        SessionResponse.MessageOneofCase.Assign => new Assigned(ToGrant(response.Assign)),
        SessionResponse.MessageOneofCase.Revoke => new Revoked(
            new TaskId(response.Revoke.TaskId), new Epoch(response.Revoke.Epoch), response.Revoke.Reason),
        SessionResponse.MessageOneofCase.Fenced => new WasFenced(
            new TaskId(response.Fenced.TaskId), new Epoch(response.Fenced.Epoch), response.Fenced.Reason),
        SessionResponse.MessageOneofCase.CommitResult => new CommitAnswered(
            response.CommitResult.CommitId,
            new TaskId(response.CommitResult.TaskId),
            new Epoch(response.CommitResult.Epoch),
            response.CommitResult.Accepted,
            response.CommitResult.Reason),
        SessionResponse.MessageOneofCase.FinishTask when response.FinishTask.End is { } end => new Ending(
            new TaskId(response.FinishTask.TaskId), new Epoch(response.FinishTask.Epoch), end.NextOffset),
        SessionResponse.MessageOneofCase.Verdicts => new VerdictsGiven(
            new TaskId(response.Verdicts.TaskId),
            new Epoch(response.Verdicts.Epoch),
            ToVerdicts(response.Verdicts.List)),
        SessionResponse.MessageOneofCase.TrialLeave => new LeaveGiven(
            new TaskId(response.TrialLeave.TaskId),
            new Epoch(response.TrialLeave.Epoch),
            new Common.Model.Allowance(response.TrialLeave.Offset, response.TrialLeave.Count)),
        SessionResponse.MessageOneofCase.TakeSnapshot => new SnapshotAsked(
            new TaskId(response.TakeSnapshot.TaskId), new Epoch(response.TakeSnapshot.Epoch)),
        SessionResponse.MessageOneofCase.Shutdown => new DrainAsked(response.Shutdown.Reason),
        _ => null,
    };

    private static TaskGrant ToGrant(Assign assign) => new(
        new TaskId(assign.TaskId),
        new Epoch(assign.Epoch),
        assign.Operator,
        new KeyGroupRange((int)assign.FirstKeyGroup, (int)assign.EndKeyGroup),
        (int)assign.KeyGroupCount,
        assign.Restore is { } restore ? ToPoint(restore) : Common.Model.RestorePoint.Beginning)
    {
        Older = assign.Older is { } older ? ToPoint(older) : null,
        Confirmed = assign.Confirmed,
        Warm = assign.Warm,
        Standby = assign.Standby,
        Origins =
        [
            .. assign.Origins.Select(origin => new Common.Keys.StateOrigin(
                origin.SnapshotId,
                new KeyGroupRange((int)origin.FirstKeyGroup, (int)origin.EndKeyGroup),
                origin.Share is { } share ? ToShare(share) : null)),
        ],
        Verdicts = ToVerdicts(assign.Verdicts),
        Careful = assign.Careful,
        EndOffset = assign.End?.NextOffset,
        Job = assign.Job,
        Stage = assign.Stage,
        Topic = assign.Topic,
        PartitionIndex = (int)assign.PartitionIndex,
        KeyFunction = assign.KeyFunction == 0
            ? Common.Keys.KeyFunction.Xxh64
            : (Common.Keys.KeyFunction)assign.KeyFunction,
    };

    private static Common.Model.RestorePoint ToPoint(Protocol.Worker.V1.RestorePoint point) =>
        new(point.SnapshotId, point.Position, point.NextOffset, point.HashSum);

    private static Common.Keys.KeyShare ToShare(KeyShare share) => new(
        share.FirstKey.IsEmpty ? null : share.FirstKey.ToByteArray(),
        share.EndKey.IsEmpty ? null : share.EndKey.ToByteArray(),
        share.FirstHash,
        share.EndHash,
        share.Only.Count == 0 ? null : [.. share.Only.Select(k => k.ToByteArray())],
        share.Except.Count == 0 ? null : [.. share.Except.Select(k => k.ToByteArray())]);

    private static Common.Model.VerdictList ToVerdicts(Protocol.Worker.V1.VerdictList? list) => list is null
        ? Common.Model.VerdictList.None
        : new Common.Model.VerdictList(
            [.. list.PassedOffsets],
            [
                .. list.ParkedKeys.Select(k => new Common.Model.ParkedKey(
                    k.Key.ToByteArray(), k.FromOffset, k.UntilOffset == 0 ? null : k.UntilOffset)),
            ]);

    private static Protocol.Worker.V1.Poison ToPoison(SendPoison poison) => new()
    {
        TaskId = poison.Task.Value,
        Epoch = poison.Epoch.Value,
        Offset = poison.Event.Offset,
        Reason = poison.Event.Reason,
        KeyIsParked = poison.Event.KeyIsParked,
        Key = ByteString.CopyFrom(poison.Event.Key),
        Entry = ByteString.CopyFrom(poison.Event.Entry),
    };

    private static Commit ToCommit(SendCommit commit)
    {
        Checkpoint checkpoint = commit.Checkpoint;
        var message = new Commit
        {
            CommitId = commit.CommitId,
            TaskId = checkpoint.Task.Value,
            Epoch = checkpoint.Epoch.Value,
            Position = checkpoint.Point.Position,
            NextOffset = checkpoint.Point.NextOffset,
            HashSum = checkpoint.Point.HashSum,
            SnapshotId = checkpoint.Point.SnapshotId,
        };
        message.OutputSequences.AddRange(checkpoint.Outputs.Select(mark => new OutputSequence
        {
            Topic = mark.Topic,
            LastSequence = mark.LastSequence,
        }));
        return message;
    }

    private static TaskProgress ToProgress(TaskStanding standing) => new()
    {
        TaskId = standing.Task.Value,
        Epoch = standing.Epoch.Value,
        State = (TaskState)standing.Phase,
        Position = standing.Position,
        NextOffset = standing.NextOffset,
        StateBytes = (ulong)standing.StateBytes,
        FirstEventUs = standing.FirstEventUs,
        BusyUs = standing.BusyUs,
    };
}
