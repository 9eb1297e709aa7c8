using Millrace.Common.Wire;
using Millrace.Coordinator.Core.Topics;
using Millrace.Coordinator.Journal;

namespace Millrace.Coordinator.Loop;

/// <summary>
/// Ingest routes by a table that may have changed since. No event may be stored in a partition that is sealed, so a
/// batch that was routed by another table is routed again, on the loop, before it is stored. That happens to the few
/// batches under way when partitions change.
/// </summary>
internal static class Rerouting
{
    public static void Follow(OfferedBatch batch, TopicRoute route)
    {
        if (ReferenceEquals(batch.Topic, route))
        {
            return;
        }

        EntryBatch entries = batch.Entries;
        for (int i = 0; i < entries.Count && !route.Partitioner.IsChosenWhenStored; i++)
        {
            ReadOnlySpan<byte> entry = entries.Entry(i);
            if (!EntryScanner.TryRead(entry, out EventFields fields))
            {
                throw new InvalidOperationException("An event that was read cannot be read again.");
            }

            ReadOnlySpan<byte> key = entry.Slice(fields.KeyStart, fields.KeyLength);
            entries.Partitions[i] = route.PartitionOf(key, fields.EventTimeMs);
        }

        entries.PartitionIds = route.Partitions;
        batch.Topic = route;
    }
}
