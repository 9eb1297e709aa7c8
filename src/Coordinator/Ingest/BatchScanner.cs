using System.Collections.Immutable;
using Millrace.Common.Keys;
using Millrace.Common.Model;
using Millrace.Common.Wire;
using Millrace.Coordinator.Core.Topics;
using Millrace.Coordinator.Journal;
using Millrace.Coordinator.Loop;

namespace Millrace.Coordinator.Ingest;

/// <summary>Turns a received message into a routed batch, in place: checks it, finds the entries, hashes and routes
/// them. Allocates nothing unless it refuses.</summary>
internal sealed class BatchScanner(IngestLimits limits)
{
    /// <summary>Null when the batch is good and complete; its outcome and stream are not touched.</summary>
    public Refusal? Scan(OfferedBatch batch, Routing routing, BatchNames names)
    {
        if (batch.PayloadLength < 0)
        {
            return IngestRefusals.BatchTooLarge(limits.MaxBatchBytes);
        }

        ReadOnlySpan<byte> message = batch.Entries.Buffer.AsSpan(0, batch.PayloadLength);
        if (!BatchHeader.TryRead(message, out BatchHeader header))
        {
            return IngestRefusals.Malformed("its fields cannot be read");
        }

        return CheckHeader(header, batch, routing, names) ?? ScanEntries(message, batch, header.EventCount);
    }

    private Refusal? CheckHeader(in BatchHeader header, OfferedBatch batch, Routing routing, BatchNames names)
    {
        batch.ProducerId = names.ProducerId(header.ProducerId);
        batch.ProducerEpoch = header.ProducerEpoch;
        batch.FirstSequence = header.FirstSequence;
        if (Names.Check(batch.ProducerId, "producer_id") is { } badProducer)
        {
            return badProducer;
        }

        if (header.ProducerEpoch == 0)
        {
            return IngestRefusals.MissingEpoch();
        }

        batch.Topic = names.Topic(routing, header.Topic, out string topic);
        if (batch.Topic is null)
        {
            return Names.Check(topic, "topic") ?? IngestRefusals.NoSuchTopic(topic);
        }

        if (header.EventCount == 0)
        {
            return IngestRefusals.EmptyBatch(topic);
        }

        if (header.EventCount > limits.MaxBatchEvents)
        {
            return IngestRefusals.TooManyEvents(header.EventCount, limits.MaxBatchEvents);
        }

        return header.FirstSequence is 0 or > (ulong)long.MaxValue - int.MaxValue
            ? IngestRefusals.BadSequence()
            : null;
    }

    private Refusal? ScanEntries(ReadOnlySpan<byte> message, OfferedBatch batch, int count)
    {
        EntryBatch entries = batch.Entries;
        TopicRoute topic = batch.Topic!;
        ImmutableArray<int> partitionOfGroup = topic.PartitionOfGroup;
        bool isXxh64 = topic.Partitioner.IsXxh64;
        entries.Reserve(count);
        entries.ReserveKeys(topic.Partitioner.Spec.Directory is null ? 0 : count);
        entries.PartitionIds = topic.Partitions;
        entries.Count = 0;
        entries.ByteCount = 0;
        entries.KeyBytes = 0;
        var reader = new WireReader(message);
        int i = 0;
        while (i < count)
        {
            int at = reader.Position;
            if (message[at] != EntryScanner.EntryTag)
            {
                // Read once before, so it can be read again; an entry whose tag is written in more bytes than one is
                // not such a field, and is refused because the entry's bytes are stored as they are.
                if (!reader.TryReadTag(out uint tag) || tag == EntryScanner.EntryTag || !reader.TrySkip(tag))
                {
                    return IngestRefusals.Malformed($"the tag of event {i} is not in its shortest form");
                }

                continue;
            }

            if (!EntryScanner.TryRead(message[at..], out EventFields fields))
            {
                return IngestRefusals.Malformed($"event {i} cannot be read");
            }

            if (CheckEvent(fields, batch, i) is { } refusal)
            {
                return refusal;
            }

            if (isXxh64)
            {
                ulong key = XxHash64.Hash(message.Slice(at + fields.KeyStart, fields.KeyLength));
                entries.Partitions[i] = partitionOfGroup[KeyGroups.Of(key, partitionOfGroup.Length)];
            }
            else
            {
                RouteOtherwise(message, batch, i, at + fields.KeyStart, fields);
            }

            entries.Starts[i] = at;
            entries.Lengths[i] = fields.EntryLength;
            entries.Hashes[i] = XxHash64.Hash(message.Slice(at, fields.EntryLength));
            entries.ByteCount += fields.EntryLength;
            reader = new WireReader(message, at + fields.EntryLength);
            i++;
        }

        entries.Count = count;
        return null;
    }

    /// <summary>Any rule but XXH64, which the loop above has in itself because nearly all topics have it.</summary>
    private static void RouteOtherwise(
        ReadOnlySpan<byte> message, OfferedBatch batch, int index, int keyStart, in EventFields fields)
    {
        EntryBatch entries = batch.Entries;
        TopicRoute topic = batch.Topic!;
        ReadOnlySpan<byte> key = message.Slice(keyStart, fields.KeyLength);
        if (!topic.Partitioner.IsChosenWhenStored)
        {
            entries.Partitions[index] = topic.PartitionOf(key, fields.EventTimeMs);
        }
        else if (topic.Partitioner.Spec.Directory is not null)
        {
            entries.KeyStarts[index] = keyStart;
            entries.KeyLengths[index] = key.Length;
            entries.KeyHashes[index] = XxHash64.Hash(key);
            entries.KeyBytes += key.Length;
        }
    }

    private Refusal? CheckEvent(in EventFields fields, OfferedBatch batch, int index)
    {
        if (fields.KeyLength > 0
            && fields.KeyLength <= limits.MaxKeyBytes
            && fields.EventLength <= limits.MaxEventBytes)
        {
            return null;
        }

        ulong sequence = batch.FirstSequence + (ulong)index;
        string topic = batch.Topic!.Name;
        if (fields.KeyLength == 0 && batch.Topic.Partitioner.NeedsKey)
        {
            return IngestRefusals.KeyRequired(topic, index, sequence);
        }

        if (fields.KeyLength <= limits.MaxKeyBytes && fields.EventLength <= limits.MaxEventBytes)
        {
            return null;
        }

        return fields.KeyLength > limits.MaxKeyBytes
            ? IngestRefusals.KeyTooLarge(topic, index, sequence, limits.MaxKeyBytes)
            : IngestRefusals.EventTooLarge(topic, index, sequence, limits.MaxEventBytes);
    }
}
