using Millrace.Common.Model;

namespace Millrace.Coordinator.Core.Recovery;

internal sealed record CommitDto(
    ulong Epoch,
    ulong CommitId,
    RestorePoint Point,
    IReadOnlyList<SequenceDto> Outputs,
    long UnixMs)
{
    public static CommitDto? Of(TaskCommitted? commit) =>
        commit is null
            ? null
            : new CommitDto(
                commit.Epoch.Value,
                commit.CommitId,
                commit.Point,
                [.. commit.Outputs.Select(o => new SequenceDto(o.Topic.Value, o.LastSequence))],
                commit.UnixMs);

    public TaskCommitted ToRecord(TaskId task) => new(
        task,
        new Epoch(Epoch),
        CommitId,
        Point,
        [.. Outputs.Select(o => new TopicSequence(new TopicId(o.Topic), o.Last))],
        UnixMs);
}
