namespace Millrace.Integration.Tests.Checks;

/// <summary>Who owned what, and what was committed: V6 to V9.</summary>
internal static class OwnershipChecks
{
    public static IEnumerable<string> All(Dump dump) =>
    [
        .. OneOwnerPerEpoch(dump), .. EpochsNeverFall(dump), .. CommitsStayInTheLog(dump),
        .. DecisionsRaiseEpochs(dump), .. CommitsAreCurrent(dump),
    ];

    /// <summary>V6: nobody ever saw two owners of a task under one epoch.</summary>
    public static IEnumerable<string> OneOwnerPerEpoch(Dump dump) =>
        from line in dump.Assignments
        where line.Worker.Length > 0
        group line.Worker by (line.Name, line.Epoch) into owners
        where owners.Distinct().Count() > 1
        select $"V6 double owner: {owners.Key.Name} epoch {owners.Key.Epoch} was with "
            + string.Join(" and ", owners.Distinct());

    /// <summary>V8 and V9 as an operator saw them: epochs and committed offsets of a task never fall.</summary>
    public static IEnumerable<string> EpochsNeverFall(Dump dump)
    {
        foreach (IGrouping<string, AssignmentLine> task in dump.Assignments.GroupBy(a => a.Name))
        {
            AssignmentLine? before = null;
            foreach (AssignmentLine line in task.OrderBy(a => a.Sample))
            {
                if (line.Epoch < before?.Epoch)
                {
                    yield return $"V8 epoch regress: {task.Key} went from {before.Epoch} to {line.Epoch}";
                }

                if (line.CommittedOffset < before?.CommittedOffset
                    || line.CommittedPosition < before?.CommittedPosition)
                {
                    yield return $"V9 offset regress: {task.Key} went from {before.CommittedOffset} "
                        + $"to {line.CommittedOffset}";
                }

                before = line;
            }
        }
    }

    /// <summary>V9: nothing is committed that is not in the log.</summary>
    public static IEnumerable<string> CommitsStayInTheLog(Dump dump)
    {
        foreach (AssignmentLine line in dump.Assignments.Where(a => a.CommittedOffset > a.EndOffset))
        {
            yield return $"V9 overrun: {line.Name} committed {line.CommittedOffset} of {line.EndOffset}";
        }

        var ends = dump.Log.GroupBy(l => l.Partition).ToDictionary(g => g.Key, g => (ulong)g.Count());
        foreach (DecisionLine commit in Commits(dump).Where(c => c.Offset > ends.GetValueOrDefault(c.Partition)))
        {
            yield return $"V9 overrun: task {commit.Subject} committed {commit.Offset} of "
                + $"{ends.GetValueOrDefault(commit.Partition)} events of partition {commit.Partition}";
        }
    }

    /// <summary>V8 in the journal: every epoch of a task, a producer or the coordinator is above all before
    /// it.</summary>
    public static IEnumerable<string> DecisionsRaiseEpochs(Dump dump)
    {
        var epochs = new Dictionary<(string, ulong), ulong>();
        foreach (DecisionLine line in dump.Decisions.Where(d => d.Kind != DecisionLine.Committed))
        {
            if (epochs.TryGetValue((line.Kind, line.Subject), out ulong before) && line.Epoch <= before)
            {
                yield return $"V8 epoch reuse: {line.Subject} was {line.Kind} under {line.Epoch} after {before}";
            }

            epochs[(line.Kind, line.Subject)] = line.Epoch;
        }
    }

    /// <summary>V7 and V9 in the journal: a commit's epoch is current at its place, and its point never
    /// falls.</summary>
    public static IEnumerable<string> CommitsAreCurrent(Dump dump)
    {
        var epochs = new Dictionary<ulong, ulong>();
        var points = new Dictionary<ulong, DecisionLine>();
        foreach (DecisionLine line in dump.Decisions
            .Where(d => d.Kind is DecisionLine.Assigned or DecisionLine.Committed))
        {
            if (line.Kind == DecisionLine.Assigned)
            {
                epochs[line.Subject] = line.Epoch;
                continue;
            }

            if (line.Epoch != epochs.GetValueOrDefault(line.Subject))
            {
                yield return $"V7 zombie accepted: task {line.Subject} committed under {line.Epoch} "
                    + $"while {epochs.GetValueOrDefault(line.Subject)} was current";
            }

            if (points.TryGetValue(line.Subject, out DecisionLine? before)
                && (line.Offset < before.Offset || line.Position < before.Position))
            {
                yield return $"V9 offset regress: task {line.Subject} committed {line.Offset} after {before.Offset}";
            }

            if (line.Position > line.FrameEnd)
            {
                yield return $"V9 overrun: task {line.Subject} committed position {line.Position} at {line.FrameEnd}";
            }

            points[line.Subject] = line;
        }
    }

    private static IEnumerable<DecisionLine> Commits(Dump dump) =>
        dump.Decisions.Where(d => d.Kind == DecisionLine.Committed);
}
