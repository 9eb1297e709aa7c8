namespace Millrace.Coordinator.Core.Topics;

/// <summary>What records of topics and their partitions do to the state.</summary>
internal static class TopicRules
{
    public static void Apply(CoordinatorState state, ControlRecord record)
    {
        switch (record)
        {
            case TopicCreated created:
                state.Topics.Apply(created, state.Revision);
                state.Partitions.Add(created.Partitions);
                state.Directories.Apply(created);
                state.Answer(created.Request, "topic", created.Name, created.UnixMs);
                break;
            case RangesAdvanced advanced:
                state.Topics.Apply(advanced);
                break;
            case KeysPlaced or DirectoryClosed:
                state.Directories.Apply(record);
                break;
            case PartitionsReplaced replaced:
                state.Topics.Apply(replaced, state.Revision);
                state.Partitions.Add([.. replaced.Opened.Select(o => o.Partition)]);
                state.Answer(replaced.Request, "partitions", ReplacedPartitions.NameOf(replaced), replaced.UnixMs);
                break;
            case PartitionsForgotten forgotten:
                state.Topics.Apply(forgotten, state.Partitions, state.Revision);
                state.Partitions.Remove(forgotten.Partitions);
                break;
        }
    }
}
