namespace Millrace.Integration.Tests.Checks;

/// <summary>What was stored against what was sent: V1 to V5 and V11.</summary>
internal static class LogChecks
{
    public static IEnumerable<string> All(Dump dump) =>
    [
        .. AckedAreStored(dump), .. StoredOnce(dump), .. NothingInvented(dump), .. InOrder(dump),
        .. InOrderByKey(dump),
        .. OffsetsAreContiguous(dump), .. OffsetsNeverChange(dump), .. IncarnationsNeverFall(dump),
    ];

    /// <summary>V1: an acked event is in every log read after its ack.</summary>
    public static IEnumerable<string> AckedAreStored(Dump dump)
    {
        var acked = new Dictionary<string, long>();
        foreach (HistoryLine line in dump.History)
        {
            if (line is Acknowledged ack)
            {
                acked[ack.Producer] = Math.Max(ack.Last, acked.GetValueOrDefault(ack.Producer));
            }
            else if (line is LogRead read)
            {
                HashSet<Identity> stored = [.. Identities(dump.Logs[read.Dump])];
                foreach (Identity missing in acked
                    .SelectMany(pair => Sequences(pair.Value).Select(n => new Identity(pair.Key, n)))
                    .Where(id => !stored.Contains(id)))
                {
                    yield return $"V1 lost write: {missing} was acked and is not in log {read.Dump}";
                }
            }
        }
    }

    /// <summary>V2: each identity at most once.</summary>
    public static IEnumerable<string> StoredOnce(Dump dump) =>
        dump.Logs.SelectMany((log, i) => Identities(log)
            .GroupBy(id => id)
            .Where(group => group.Count() > 1)
            .Select(group => $"V2 duplicate append: {group.Key} is {group.Count()} times in log {i}"));

    /// <summary>V3: every stored event was sent, with this key and value, and was not refused.</summary>
    public static IEnumerable<string> NothingInvented(Dump dump)
    {
        var sent = dump.History.OfType<Invoked>().ToDictionary(e => new Identity(e.Producer, e.Sequence));
        HashSet<Identity> refused =
            [.. dump.History.OfType<Refused>().Select(r => new Identity(r.Producer, r.Sequence))];
        foreach (LogLine line in dump.Logs.SelectMany(log => log))
        {
            if (Identity.Parse(line.Value) is not { } id || !sent.TryGetValue(id, out Invoked? original))
            {
                yield return $"V3 phantom: nobody sent \"{line.Value}\" at {Place(line)}";
            }
            else if (original.Key != line.Key || original.Value != line.Value)
            {
                yield return $"V3 corruption: {id} was sent as {original.Key}={original.Value}, "
                    + $"stored as {line.Key}={line.Value} at {Place(line)}";
            }
            else if (refused.Contains(id))
            {
                yield return $"V3 aborted read: {id} was refused and is stored at {Place(line)}";
            }
        }
    }

    /// <summary>V4: within a partition a producer's sequences rise; over all partitions they have no holes.</summary>
    public static IEnumerable<string> InOrder(Dump dump)
    {
        var last = new Dictionary<(int, string), long>();
        foreach (LogLine line in dump.Log.OrderBy(l => l.Partition).ThenBy(l => l.Offset))
        {
            if (Identity.Parse(line.Value) is { } id)
            {
                if (id.Sequence <= last.GetValueOrDefault((line.Partition, id.Producer)))
                {
                    yield return $"V4 reorder: {id} follows {last[(line.Partition, id.Producer)]} at {Place(line)}";
                }

                last[(line.Partition, id.Producer)] = id.Sequence;
            }
        }

        foreach (IGrouping<string, long> producer in Identities(dump.Log).GroupBy(i => i.Producer, i => i.Sequence))
        {
            HashSet<long> stored = [.. producer];
            foreach (long hole in Sequences(stored.Max()).Where(n => !stored.Contains(n)))
            {
                yield return $"V4 gap: {producer.Key}:{hole} is missing below {stored.Max()}";
            }
        }
    }

    /// <summary>V19: events of one producer and key rise along the journal, whatever partitions they went to. In one
    /// frame a key is in one partition.</summary>
    public static IEnumerable<string> InOrderByKey(Dump dump)
    {
        var last = new Dictionary<(string, string), long>();
        foreach (LogLine line in dump.Log.OrderBy(l => l.Position).ThenBy(l => l.Offset))
        {
            if (Identity.Parse(line.Value) is { } id)
            {
                if (id.Sequence <= last.GetValueOrDefault((line.Key, id.Producer)))
                {
                    yield return $"V19 reorder: {id} of key {line.Key} follows {last[(line.Key, id.Producer)]} at "
                        + Place(line);
                }

                last[(line.Key, id.Producer)] = id.Sequence;
            }
        }
    }

    /// <summary>V5, first half: offsets of a partition are 0, 1, 2 and so on.</summary>
    public static IEnumerable<string> OffsetsAreContiguous(Dump dump) =>
        from log in dump.Logs
        from partition in log.GroupBy(l => l.Partition)
        from wrong in partition.Select((line, i) => (line, i)).Where(x => x.line.Offset != x.i).Take(1)
        select $"V5 offsets: {Place(wrong.line)} stands where offset {wrong.i} belongs";

    /// <summary>V5, second half: what an offset held once it holds for ever, across restarts.</summary>
    public static IEnumerable<string> OffsetsNeverChange(Dump dump)
    {
        var first = new Dictionary<(int, long), LogLine>();
        foreach (LogLine line in dump.Logs.SelectMany(log => log))
        {
            if (!first.TryAdd((line.Partition, line.Offset), line) && first[(line.Partition, line.Offset)] != line)
            {
                yield return $"V5 divergent offset: {Place(line)} held {first[(line.Partition, line.Offset)].Value}, "
                    + $"then {line.Value}";
            }
        }
    }

    /// <summary>V11: no ack of an older life of the coordinator after one of a newer, on the same producer.</summary>
    public static IEnumerable<string> IncarnationsNeverFall(Dump dump)
    {
        var newest = new Dictionary<string, ulong>();
        foreach (Acknowledged ack in dump.History.OfType<Acknowledged>())
        {
            if (ack.Incarnation < newest.GetValueOrDefault(ack.Producer))
            {
                yield return $"V11 split brain: {ack.Producer} got an ack of incarnation {ack.Incarnation} "
                    + $"after one of {newest[ack.Producer]}";
            }

            newest[ack.Producer] = ack.Incarnation;
        }
    }

    private static IEnumerable<Identity> Identities(IEnumerable<LogLine> log) =>
        log.Select(line => Identity.Parse(line.Value)).OfType<Identity>();

    private static IEnumerable<long> Sequences(long last)
    {
        for (long n = 1; n <= last; n++)
        {
            yield return n;
        }
    }

    private static string Place(LogLine line) => $"partition {line.Partition} offset {line.Offset}";
}
