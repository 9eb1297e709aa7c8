namespace Millrace.Integration.Tests.Checks;

/// <summary>The checkers see: a clean run is clean, and each planted violation is named.</summary>
public sealed class ChecksTests
{
    private static readonly Dump Clean = new(
        [
            new Invoked("p", 1, "a", "p:1:x"), new Invoked("p", 2, "b", "p:2:x"), new Invoked("q", 1, "a", "q:1:x"),
            new Acknowledged("p", 2, 8192, 1), new LogRead(0), new Acknowledged("q", 1, 8192, 2), new LogRead(1),
        ],
        [
            [new LogLine(0, 0, 4096, "a", "p:1:x"), new LogLine(1, 0, 4096, "b", "p:2:x")],
            [
                new LogLine(0, 0, 4096, "a", "p:1:x"), new LogLine(0, 1, 8192, "a", "q:1:x"),
                new LogLine(1, 0, 4096, "b", "p:2:x"),
            ],
        ],
        [
            new AssignmentLine(0, "t0", "w-1", 1, 0, 0, 1), new AssignmentLine(1, "t0", "w-2", 3, 1, 4096, 2),
            new AssignmentLine(2, "t0", "w-2", 3, 2, 8192, 2),
        ],
        [new CountLine("a", 2), new CountLine("b", 1)],
        [],
        [
            new DecisionLine(4096, "started", 0, 0, 1, "", 0, 0),
            new DecisionLine(4096, "opened", 1, 0, 4096, "", 0, 0),
            new DecisionLine(4096, "assigned", 1, 0, 1, "w-1", 0, 0),
            new DecisionLine(8192, "committed", 1, 0, 1, "", 1, 4096),
            new DecisionLine(12288, "assigned", 1, 0, 3, "w-2", 0, 0),
            new DecisionLine(16384, "committed", 1, 0, 3, "", 2, 8192),
        ]);

    [Test]
    public void All_OnACleanRun_FindNothing() => Assert.That(Found(Clean), Is.Empty);

    [Test]
    public void All_AfterSavingAndLoading_FindNothing()
    {
        string folder = Directory.CreateTempSubdirectory("millrace-it-").FullName;
        Dump.Save(folder, Dump.HistoryFile, Clean.History);
        Dump.Save(folder, Dump.LogFile(0), Clean.Logs[0]);
        Dump.Save(folder, Dump.LogFile(1), Clean.Logs[1]);
        Dump.Save(folder, Dump.AssignmentsFile, Clean.Assignments);
        Dump.Save(folder, Dump.CountsFile, Clean.Counts);
        Dump.Save(folder, Dump.EventsFile, Clean.Events);
        Dump.Save(folder, Dump.DecisionsFile, Clean.Decisions);
        Dump loaded = Dump.Load(folder);
        Directory.Delete(folder, recursive: true);
        Assert.Multiple(() =>
        {
            Assert.That(loaded.History, Is.EqualTo(Clean.History));
            Assert.That(loaded.Log, Is.EqualTo(Clean.Log));
            Assert.That(Found(loaded), Is.Empty);
        });
    }

    [Test]
    public void AckedAreStored_WithAnAckedEventMissing_SaysLostWrite() =>
        AssertFound(
            Clean with { Logs = [Clean.Logs[0], [.. Clean.Log.Where(l => l.Key != "b")]] }, "V1 lost write: p:2");

    [Test]
    public void AckedAreStored_MissingOnlyInTheFirstRead_SaysLostWrite() =>
        AssertFound(Clean with { Logs = [[Clean.Logs[0][0]], Clean.Log] }, "V1 lost write: p:2");

    [Test]
    public void StoredOnce_WithAnEventTwice_SaysDuplicate() =>
        AssertFound(WithLog(new LogLine(0, 2, 12288, "a", "q:1:x")), "V2 duplicate append: q:1");

    [Test]
    public void NothingInvented_WithAnEventNobodySent_SaysPhantom() =>
        AssertFound(WithLog(new LogLine(0, 2, 12288, "a", "r:1:x")), "V3 phantom: nobody sent \"r:1:x\"");

    [Test]
    public void NothingInvented_WithAnotherKey_SaysCorruption() =>
        AssertFound(Replace(new LogLine(1, 0, 4096, "c", "p:2:x")), "V3 corruption: p:2");

    [Test]
    public void NothingInvented_WithARefusedEventStored_SaysAbortedRead() =>
        AssertFound(Clean with { History = [.. Clean.History, new Refused("p", 2)] }, "V3 aborted read: p:2");

    [Test]
    public void InOrder_WithTwoOfAProducerSwapped_SaysReorder() =>
        AssertFound(
            Clean with
            {
                History = [.. Clean.History, new Invoked("q", 2, "a", "q:2:x")],
                Logs =
                [
                    [],
                    [
                        .. Clean.Log.Where(l => l.Offset != 1),
                        new(0, 1, 8192, "a", "q:2:x"), new(0, 2, 8192, "a", "q:1:x"),
                    ],
                ],
            },
            "V4 reorder: q:1 follows 2");

    [Test]
    public void InOrder_WithAHoleBelowTheLast_SaysGap() =>
        AssertFound(
            Clean with
            {
                History = [.. Clean.History, new Invoked("q", 3, "a", "q:3:x")],
                Logs = [[], [.. Clean.Log, new LogLine(0, 2, 8192, "a", "q:3:x")]],
            },
            "V4 gap: q:2");

    [Test]
    public void OffsetsAreContiguous_WithASkippedOffset_SaysSo() =>
        AssertFound(Replace(new LogLine(1, 1, 4096, "b", "p:2:x")), "V5 offsets: partition 1 offset 1");

    [Test]
    public void OffsetsNeverChange_WithAnotherEventAtAnOffset_SaysDivergent() =>
        AssertFound(
            Clean with
            {
                Logs =
                [
                    Clean.Logs[0],
                    [
                        new LogLine(0, 0, 4096, "a", "q:1:x"), new LogLine(0, 1, 8192, "a", "p:1:x"),
                        new LogLine(1, 0, 4096, "b", "p:2:x"),
                    ],
                ],
            },
            "V5 divergent offset: partition 0 offset 0");

    [Test]
    public void IncarnationsNeverFall_WithAnAckOfAnOlderLife_SaysSplitBrain() =>
        AssertFound(
            Clean with { History = [.. Clean.History, new Acknowledged("q", 1, 8192, 1)] }, "V11 split brain: q");

    [Test]
    public void OneOwnerPerEpoch_WithTwoWorkersUnderOne_SaysDoubleOwner() =>
        AssertFound(
            Clean with { Assignments = [.. Clean.Assignments, new(3, "t0", "w-1", 3, 2, 8192, 2)] },
            "V6 double owner: t0 epoch 3");

    [Test]
    public void EpochsNeverFall_WithAnOlderEpochLater_SaysRegress() =>
        AssertFound(
            Clean with { Assignments = [.. Clean.Assignments, new(3, "t0", "w-1", 1, 2, 8192, 2)] },
            "V8 epoch regress: t0");

    [Test]
    public void EpochsNeverFall_WithASmallerCommitLater_SaysRegress() =>
        AssertFound(
            Clean with { Assignments = [.. Clean.Assignments, new(3, "t0", "w-2", 3, 1, 8192, 2)] },
            "V9 offset regress: t0");

    [Test]
    public void CommitsStayInTheLog_WithACommitAboveTheEnd_SaysOverrun() =>
        AssertFound(
            Clean with { Assignments = [.. Clean.Assignments, new(3, "t0", "w-2", 3, 3, 8192, 2)] },
            "V9 overrun: t0 committed 3 of 2");

    [Test]
    public void CommitsStayInTheLog_WithAJournaledCommitAboveTheEnd_SaysOverrun() =>
        AssertFound(
            Clean with { Decisions = [.. Clean.Decisions, new(20480, "committed", 1, 0, 3, "", 9, 12288)] },
            "V9 overrun: task 1 committed 9 of 2");

    [Test]
    public void DecisionsRaiseEpochs_WithAnEpochUsedAgain_SaysReuse() =>
        AssertFound(
            Clean with { Decisions = [.. Clean.Decisions, new(20480, "assigned", 1, 0, 3, "w-1", 0, 0)] },
            "V8 epoch reuse: 1 was assigned under 3");

    [Test]
    public void DecisionsRaiseEpochs_WithAnIncarnationThatFalls_SaysReuse() =>
        AssertFound(
            Clean with { Decisions = [.. Clean.Decisions, new(20480, "started", 0, 0, 1, "", 0, 0)] },
            "V8 epoch reuse: 0 was started under 1");

    [Test]
    public void CommitsAreCurrent_WithACommitOfAnOlderEpoch_SaysZombie() =>
        AssertFound(
            Clean with { Decisions = [.. Clean.Decisions, new(20480, "committed", 1, 0, 1, "", 2, 8192)] },
            "V7 zombie accepted: task 1");

    [Test]
    public void CommitsAreCurrent_WithAPointThatFalls_SaysRegress() =>
        AssertFound(
            Clean with { Decisions = [.. Clean.Decisions, new(20480, "committed", 1, 0, 3, "", 1, 4096)] },
            "V9 offset regress: task 1");

    [Test]
    public void CountChecks_WithACountTooLow_SayLostCount() =>
        AssertFound(Clean with { Counts = [new("a", 1), new("b", 1)] }, "V10 lost count: a was counted 1 times");

    [Test]
    public void CountChecks_WithACountTooHigh_SayDoubleCount() =>
        AssertFound(Clean with { Counts = [new("a", 3), new("b", 1)] }, "V10 double count: a was counted 3 times");

    [Test]
    public void CountChecks_WithAKeyOfTwoTasks_SayKeyTwice() =>
        AssertFound(Clean with { Counts = [.. Clean.Counts, new("b", 1)] }, "V10 key twice: b");

    private static Dump WithLog(LogLine line) => Clean with { Logs = [Clean.Logs[0], [.. Clean.Log, line]] };

    /// <summary>Puts another line where partition 1 has its only one.</summary>
    private static Dump Replace(LogLine line) =>
        Clean with { Logs = [[], [.. Clean.Log.Where(l => l.Partition != 1), line]] };

    private static List<string> Found(Dump dump) =>
        [.. LogChecks.All(dump), .. OwnershipChecks.All(dump), .. CountChecks.All(dump)];

    private static void AssertFound(Dump dump, string start) =>
        Assert.That(Found(dump), Has.Some.StartsWith(start));
}
