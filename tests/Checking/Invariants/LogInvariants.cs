using Millrace.Checking.Histories;
using Millrace.Checking.Logs;

namespace Millrace.Checking.Invariants;

/// <summary>What must hold of the stored events themselves: V1 to V5.</summary>
public static class LogInvariants
{
    public static void Check(History history, Log log, List<Violation> found)
    {
        long[] times = new long[history.Sent.Count];
        foreach (uint partition in log.Partitions)
        {
            CheckPartition(history, log, partition, times, found);
        }

        CheckChain(log, found);
        CheckNoHoles(history, times, found);
        CheckAcknowledged(history, times, found);
    }

    /// <summary>V2: once each. V3: only what was sent, unchanged. V4: sequences rise. V5: same offset, same
    /// event.</summary>
    private static void CheckPartition(History history, Log log, uint partition, long[] times, List<Violation> found)
    {
        var last = new Dictionary<string, ulong>(StringComparer.Ordinal);
        List<LogEvent> events = log.Partition(partition);
        for (int offset = 0; offset < events.Count; offset++)
        {
            LogEvent stored = events[offset];
            string where = $"partition {partition} offset {offset}";
            if (stored.Number < 0 || stored.Number >= history.Sent.Count)
            {
                found.Add(new Violation("V3", $"{where} holds an event that nobody sent"));
                continue;
            }

            SentEvent sent = history.Sent[(int)stored.Number];
            if (sent.Key != stored.Key || sent.Topic != log.TopicOfPartition(partition))
            {
                found.Add(new Violation("V3", $"{where} holds {sent} with key {stored.Key}"));
            }

            if (++times[stored.Number] > 1)
            {
                found.Add(new Violation("V2", $"{where} holds {sent} once more"));
            }

            if (last.TryGetValue(sent.Producer, out ulong before) && sent.Sequence <= before)
            {
                found.Add(new Violation("V4", $"{where} holds {sent} after sequence {before}"));
            }

            last[sent.Producer] = sent.Sequence;
            history.Observe(partition, (ulong)offset, stored.Number, "the journal");
        }
    }

    /// <summary>Frames follow one another, offsets within a partition too, and marks never lie ahead of their
    /// frame.</summary>
    private static void CheckChain(Log log, List<Violation> found)
    {
        var next = new Dictionary<uint, (ulong Offset, ulong Sum)>();
        ulong end = 0;
        ulong mark = 0;
        foreach (LogFrame frame in log.Frames)
        {
            if (frame.Position < end || frame.DurableEnd > end || frame.DurableEnd < mark)
            {
                string before = $"after one that ends at {end} (mark {mark})";
                found.Add(new Violation("V9", $"frame at {frame.Position} (mark {frame.DurableEnd}) {before}"));
            }

            end = frame.End;
            mark = frame.DurableEnd;
            foreach (LogBlock block in frame.Blocks)
            {
                (ulong offset, ulong sum) = next.GetValueOrDefault(block.Partition);
                foreach (LogEvent stored in block.Events)
                {
                    sum += stored.Hash;
                }

                if (block.FirstOffset != offset || block.HashSumAfter != sum)
                {
                    string says = $"says offset {block.FirstOffset}, not {offset}, or another sum";
                    found.Add(new Violation("V5", $"partition {block.Partition}: block at {frame.Position} {says}"));
                }

                next[block.Partition] = (offset + (ulong)block.Events.Count, sum);
            }
        }
    }

    /// <summary>V4: below the highest stored sequence of a producer and topic nothing is missing.</summary>
    private static void CheckNoHoles(History history, long[] times, List<Violation> found)
    {
        var highest = new Dictionary<(string, string), (ulong Last, ulong Count)>();
        for (int i = 0; i < times.Length; i++)
        {
            if (times[i] > 0)
            {
                SentEvent sent = history.Sent[i];
                (ulong last, ulong count) = highest.GetValueOrDefault((sent.Producer, sent.Topic));
                highest[(sent.Producer, sent.Topic)] = (Math.Max(last, sent.Sequence), count + 1);
            }
        }

        foreach (((string producer, string topic), (ulong last, ulong count)) in highest)
        {
            if (last != count)
            {
                found.Add(new Violation("V4", $"{producer}/{topic}: {count} events stored below sequence {last}"));
            }
        }
    }

    /// <summary>V1: what was acknowledged is stored.</summary>
    private static void CheckAcknowledged(History history, long[] times, List<Violation> found)
    {
        var acknowledged = new Dictionary<(string, string), Acknowledgement>();
        foreach (Acknowledgement ack in history.Acknowledgements)
        {
            if (!acknowledged.TryGetValue((ack.Producer, ack.Topic), out Acknowledgement? best)
                || ack.LastSequence > best.LastSequence)
            {
                acknowledged[(ack.Producer, ack.Topic)] = ack;
            }
        }

        for (int i = 0; i < times.Length; i++)
        {
            SentEvent sent = history.Sent[i];
            if (times[i] == 0
                && acknowledged.TryGetValue((sent.Producer, sent.Topic), out Acknowledgement? ack)
                && sent.Sequence <= ack.LastSequence)
            {
                found.Add(new Violation("V1", $"{sent} is not stored, but {ack} was given"));
            }
        }
    }
}
