using Millrace.Common.Model;
using Millrace.Coordinator.Core.Topics;

namespace Millrace.Coordinator.Core.Retention;

/// <summary>
/// Forgets sealed partitions, so that the table does not grow for ever. One goes when the journal is given up to its
/// seal (so no event of it is kept, and no task or reader is below), no task of any job has yet to come to its end, no
/// retired one still lends its snapshots, no dead letter is of it, and those that it took over from are forgotten.
/// </summary>
internal sealed class SealedPartitions(Turn turn)
{
    public void Forget()
    {
        bool changed = false;
        foreach (TopicId topic in turn.State.Topics.All.Select(t => t.Id).ToArray())
        {
            // Those that took over from them may go next.
            while (Unneeded(topic) is { Length: > 0 } gone)
            {
                turn.Record(new PartitionsForgotten(topic, gone, turn.Now.UnixMs));
                changed = true;
            }
        }

        if (changed)
        {
            turn.Emit(new PublishRouting(turn.State.Topics.Routing));
        }
    }

    private PartitionId[] Unneeded(TopicId topic) =>
        [.. turn.State.Topics.Get(topic).Partitions.Where(IsUnneeded).Select(p => p.Id)];

    private bool IsUnneeded(Partition partition) =>
        partition.SealedAt > 0
        && partition.SealedAt <= turn.State.Marks.Trimmed
        && partition.Parents.IsEmpty
        && turn.State.Jobs.All.All(j => turn.State.Assignments.Find(j.Id, partition.Id) is null)
        && turn.State.Assignments.Retired.All.All(t => t.Partition != partition.Id)
        && turn.State.DeadLetters.All.All(l => l.Partition != partition.Id);
}
