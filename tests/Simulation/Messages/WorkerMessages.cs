using Millrace.Common.Model;
using Millrace.Coordinator.Core;
using Millrace.Coordinator.Core.Health;
using Millrace.Coordinator.Core.Placement;
using Millrace.Worker.Core.Verdicts;

namespace Millrace.Simulation.Messages;

/// <summary>First message of a control stream.</summary>
internal sealed record SessionHello(
    string Worker, ulong Incarnation, IReadOnlyList<HeldTask> Held, ulong ReceivedPosition);

internal sealed record SessionHeartbeat(ulong Sequence);

internal sealed record SessionProgress(IReadOnlyList<TaskProgress> Tasks);

internal sealed record SessionCommit(
    ulong CommitId,
    TaskId Task,
    Epoch Epoch,
    RestorePoint Point,
    IReadOnlyList<(string Topic, ulong LastSequence)> Outputs);

internal sealed record SessionPoison(TaskId Task, Epoch Epoch, PoisonedEvent Event);

internal sealed record SessionTrial(TaskId Task, Epoch Epoch, Trial Trial);

internal sealed record SessionGoodbye(string Reason);

/// <summary>Coordinator to worker, with the number that the data stream is to name.</summary>
internal sealed record SessionWelcome(ulong Session, Welcome Welcome);

internal sealed record HeartbeatAck(ulong Sequence);

/// <summary>What a spy sees.</summary>
internal sealed record WatchSaid(TaskOwner Of, ProcessState State);

/// <summary>The coordinator knows that the process has ended.</summary>
internal sealed record WatchTaken
{
    public static WatchTaken Value { get; } = new();
}

/// <summary>First message of a data stream.</summary>
internal sealed record FetchOpen(string Worker, ulong Incarnation, ulong Session);

internal sealed record FetchSubscribe(
    TaskId Task, Epoch Epoch, ulong Subscription, ulong Position, ulong NextOffset, int CreditBytes);

internal sealed record FetchUnsubscribe(TaskId Task, Epoch Epoch);

internal sealed record FetchCredits(
    IReadOnlyList<(TaskId Task, Epoch Epoch, ulong Subscription, uint Bytes)> Tasks);

/// <summary>First and only message of an upload.</summary>
internal sealed record SnapshotPut(SnapshotName Name, SnapshotName? Base, byte[] Content);

internal sealed record SnapshotStored(SnapshotName Name);

/// <summary>First and only message of a download.</summary>
internal sealed record SnapshotGet(SnapshotName Name);

internal sealed record SnapshotContent(SnapshotName Name, byte[] Content);
