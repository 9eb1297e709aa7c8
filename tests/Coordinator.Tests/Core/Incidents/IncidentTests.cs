using Millrace.Common.Model;
using Millrace.Coordinator.Core;
using Millrace.Coordinator.Core.Incidents;
using Millrace.Coordinator.Core.Operations;
using static Millrace.Coordinator.Tests.Core.TestCluster;

namespace Millrace.Coordinator.Tests.Core.Incidents;

public sealed class IncidentTests
{
    private TestCluster _cluster = null!;
    private ulong _epoch;
    private ulong _end;

    [SetUp]
    public void OneTaskWithACommit()
    {
        _cluster = Started(CoordinatorPolicy.Default with { WarmMoves = false });
        _cluster.Hello("w1");
        _cluster.Deploy(1);
        _epoch = _cluster.OpenProducer("p");
        _cluster.Publish("p", _epoch, 1, 10);
        _end = _cluster.Seal();
        _cluster.Commit(1, _cluster.PointAt(1, _end), id: 7);
    }

    [TearDown]
    public void ReplayGivesTheSameState()
    {
        _cluster.Seal();
        Assert.That(Picture(_cluster.Replayed()), Is.EqualTo(Picture(_cluster.State)));
        Assert.That(Picture(Copy(_cluster.State)), Is.EqualTo(Picture(_cluster.State)));
    }

    [Test]
    public void Found_ADamagedSnapshotOfTheNewestCommit_AsksTheOwnerUntilItIsStoredAgain()
    {
        string snapshot = _cluster.Task(1).Restore.SnapshotId;
        List<Effect> effects = [.. FindDamaged(snapshot), .. _cluster.Run(1.1, "w1"), .. _cluster.Run(1.1, "w1")];
        Assert.That(Raised(effects), Is.EqualTo("SNAPSHOT_DAMAGED"));
        Assert.That(Only().Subject, Is.EqualTo($"snapshots/{snapshot}"));
        TakeSnapshot[] asked = [.. Told<TakeSnapshot>(effects, "w1")];
        Assert.That(asked, Has.Length.EqualTo(3));
        Assert.That(asked[0], Is.EqualTo(new TakeSnapshot(new TaskId(1), _cluster.Task(1).Epoch)));

        CommitAnswer notYet = _cluster.Commit(1, _cluster.PointAt(1, _end), id: 8, synced: false);
        Assert.That((notYet.Accepted, Only().State), Is.EqualTo((false, IncidentState.Open)));
        CommitAnswer again = _cluster.Commit(1, _cluster.PointAt(1, _end), id: 8);
        Assert.That((again.Accepted, Only().State), Is.EqualTo((true, IncidentState.Resolved)));
        Assert.That(_cluster.Task(1).Previous, Is.Null, "the commit is the same one");
        Assert.That(Told<TakeSnapshot>(_cluster.Run(2.2, "w1"), "w1"), Is.Empty);
    }

    [Test]
    public void Found_ADamagedSnapshotThatNewerOnesReplace_IsOverWhenNobodyNeedsIt()
    {
        string snapshot = _cluster.Task(1).Restore.SnapshotId;
        FindDamaged(snapshot);
        for (ulong i = 0; i < 2; i++)
        {
            Assert.That(Only().State, Is.EqualTo(IncidentState.Open));
            _cluster.Publish("p", _epoch, 11 + i, 1);
            _cluster.Commit(1, _cluster.PointAt(1, _cluster.Seal()), id: 8 + i);
            _cluster.Run(1.1, "w1");
        }

        Assert.That(Only().State, Is.EqualTo(IncidentState.Resolved));
    }

    [Test]
    public void Found_ADamagedSnapshotWhoseOwnerIsGone_AsksTheNextOne()
    {
        FindDamaged(_cluster.Task(1).Restore.SnapshotId);
        _cluster.Hello("w2");
        _cluster.Do(new WorkerGoodbye("w1", _cluster.SessionOf("w1"), "bye"));
        Assert.That(Told<TakeSnapshot>(_cluster.Run(1.1, "w2"), "w2"), Is.Not.Empty);
    }

    [Test]
    public void Found_AgainAndAgain_IsOneIncidentPutDownSeldomAndCountedExactly()
    {
        string snapshot = _cluster.Task(1).Restore.SnapshotId;
        var effects = new List<Effect>();
        for (int i = 0; i < 100; i++)
        {
            effects.AddRange(FindDamaged(snapshot));
            effects.AddRange(_cluster.Run(0.2, "w1"));
        }

        effects.AddRange(_cluster.Run(11, "w1"));
        Assert.That(Only().Count, Is.EqualTo(100));
        Assert.That(Records<IncidentRaised>(effects).Count(), Is.LessThanOrEqualTo(5));
        Assert.That(Only().LastUnixMs, Is.GreaterThan(Only().FirstUnixMs));
    }

    [Test]
    public void Found_AfterARestart_IsStillTheSameIncident()
    {
        string snapshot = _cluster.Task(1).Restore.SnapshotId;
        FindDamaged(snapshot);
        _cluster.Seal();
        _cluster = _cluster.Restart();
        FindDamaged(snapshot);
        Assert.That((Only().Number, Only().Count), Is.EqualTo((1, 2)));
    }

    [Test]
    public void Found_DamageInTheJournal_AsksForSnapshotsUntilTheSegmentIsGivenUp()
    {
        _cluster.Publish("p", _epoch, 11, 5);
        _cluster.Seal();
        var damage = new JournalDamageFound("000000000000.1.segment", _end, "byte 9");
        List<Effect> effects = [.. _cluster.Do(damage), .. _cluster.Run(0.1, "w1")];
        Assert.That(Only().Subject, Is.EqualTo("journal/000000000000.1.segment"));
        Assert.That(effects.OfType<WantControlSnapshots>().Single().Above, Is.EqualTo(_end));
        Assert.That(Told<TakeSnapshot>(effects, "w1"), Is.Not.Empty);

        for (ulong i = 0; i < 3; i++)
        {
            _cluster.Publish("p", _epoch, 16 + i, 1);
            ulong end = _cluster.Seal();
            _cluster.Commit(1, _cluster.PointAt(1, end), id: 8 + i);
        }

        Assert.That(Told<TakeSnapshot>(_cluster.Run(2.2, "w1"), "w1"), Is.Empty, "nobody needs it for a replay");
        _cluster.Pass(TimeSpan.FromDays(30));
        _cluster.Publish("p", _epoch, 19, 1);
        _cluster.Seal();
        _cluster.Do(new ReclaimJournal(_cluster.Open));
        Assert.That(_cluster.State.Marks.Trimmed, Is.GreaterThanOrEqualTo(_end));
        _cluster.Run(1.1, "w1");
        Assert.That(Only().State, Is.EqualTo(IncidentState.Resolved));
        _cluster.Do(damage);
        Assert.That(Only().Number, Is.EqualTo(1), "what is given up already is nobody's concern");
    }

    [Test]
    public void Found_ADamagedControlSnapshot_IsOverWhenTwoNewerOnesAreWritten()
    {
        List<Effect> effects =
        [
            .. _cluster.Do(new ControlSnapshotDamageFound(4096, "byte 9")), .. _cluster.Run(0.1, "w1"),
        ];
        Assert.That(effects.OfType<WantControlSnapshots>().Single().Above, Is.EqualTo(4096));
        _cluster.Do(new ReclaimJournal(4096));
        Assert.That(Only().State, Is.EqualTo(IncidentState.Open));
        _cluster.Do(new ReclaimJournal(8192));
        Assert.That(Only().State, Is.EqualTo(IncidentState.Resolved));
    }

    [Test]
    public void Commit_ThatIsNotWhatTheJournalHolds_IsAnIncidentAtOnce()
    {
        _cluster.Publish("p", _epoch, 11, 1);
        RestorePoint point = _cluster.PointAt(1, _cluster.Seal());
        _cluster.Commit(1, point with { HashSum = 3 }, id: 8);
        Assert.That((Only().Reason, Only().Level), Is.EqualTo(("COMMIT_MISMATCH", EventLevel.Crit)));
        Assert.That(Only().Subject, Is.EqualTo("jobs/clicks-count/assignments/count-0"));
    }

    [Test]
    public void Commit_OfAnOwnerThatWasGivenUpAsLost_IsAnIncident()
    {
        Epoch before = _cluster.Task(1).Epoch;
        _cluster.Hello("w2");
        _cluster.Run(30, "w2");
        Assert.That(_cluster.Task(1).Worker, Is.EqualTo("w2"));
        _cluster.Hello("w1", held: new HeldTask(new TaskId(1), before, _end));
        Assert.That((Only().Reason, Only().Subject), Is.EqualTo(("LOST_OWNER_SPOKE", "workers/w1")));
        _cluster.Commit(1, _cluster.PointAt(1, _end), worker: "w1", epoch: before);
        _cluster.Run(11, "w1", "w2");
        Assert.That(Only().Count, Is.EqualTo(2));
    }

    [Test]
    public void AcknowledgeAndResolve_OfAnIncident_AreKeptWithTheirNotes()
    {
        FindDamaged(_cluster.Task(1).Restore.SnapshotId);
        var request = new Request("r1", 5);
        Assert.That(
            _cluster.Ask(c => new AcknowledgeIncident(c, 1, "disk ordered", request)), Is.EqualTo(new Changed("1")));
        Assert.That((Only().State, Only().Note), Is.EqualTo((IncidentState.Acknowledged, "disk ordered")));
        Assert.That(_cluster.Ask(c => new ResolveIncident(c, 1, "replaced", null)), Is.EqualTo(new Changed("1")));
        Assert.That((Only().State, Only().Note), Is.EqualTo((IncidentState.Resolved, "replaced")));
        Assert.That(
            _cluster.Ask(c => new AcknowledgeIncident(c, 1, "disk ordered", request)),
            Is.EqualTo(new Changed("1")),
            "a repeat gets the first answer");
        Assert.That(Reason(_cluster.Ask(c => new ResolveIncident(c, 1, "", null))), Is.EqualTo("INCIDENT_RESOLVED"));
        Assert.That(Reason(_cluster.Ask(c => new ResolveIncident(c, 2, "", null))), Is.EqualTo("NO_SUCH_INCIDENT"));
        FindDamaged(_cluster.Task(1).Restore.SnapshotId);
        Assert.That(_cluster.State.Incidents.All, Has.Count.EqualTo(2));
    }

    [Test]
    public void Found_MoreThanAreKept_DropsResolvedOnesFirst()
    {
        for (ulong i = 1; i <= IncidentTable.Capacity; i++)
        {
            _cluster.Do(new ControlSnapshotDamageFound(i * 4096, "byte 9"));
        }

        _cluster.Ask(c => new ResolveIncident(c, 5, "", null));
        _cluster.Do(new ControlSnapshotDamageFound(1, "byte 9"));
        Assert.That(_cluster.State.Incidents.All, Has.Count.EqualTo(IncidentTable.Capacity));
        Assert.That(_cluster.State.Incidents.Find(5), Is.Null);
        _cluster.Do(new ControlSnapshotDamageFound(2, "byte 9"));
        Assert.That(_cluster.State.Incidents.Find(1), Is.Null);
    }

    private static string Reason(object answer) => ((Refusal)answer).Reason;

    private Incident Only() => _cluster.State.Incidents.All.Single();

    private List<Effect> FindDamaged(string id)
    {
        Assert.That(SnapshotName.TryParse(id, out SnapshotName name), Is.True);
        return
        [
            .. _cluster.Do(new SnapshotDamageFound(name, "byte 9")), .. _cluster.Run(0.05, "w1"),
        ];
    }
}
