namespace Millrace.Coordinator.Core.Topics.Partitioning;

/// <summary>Moves the live ranges of topics by event time on with the coordinator's time, by records. Never back: a
/// clock that falls changes nothing.</summary>
internal sealed class RangeClock(Turn turn)
{
    public void Advance()
    {
        foreach (Topic topic in turn.State.Topics.All)
        {
            if (topic.Route.Partitioner is TimeRangePartitioner ranges)
            {
                long first = TimeRangePartitioner.FirstLiveAt(ranges.Spec.Time!, turn.Now.UnixMs);
                if (first > turn.State.Topics.FirstLive(topic.Id, ranges))
                {
                    turn.Record(new RangesAdvanced(topic.Id, first, turn.Now.UnixMs));
                }
            }
        }
    }
}
