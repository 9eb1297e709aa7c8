using Millrace.Client.Core;
using Millrace.Common.Model;

namespace Millrace.Client.Tests.Core;

public sealed class ProducerMachineTests
{
    private readonly List<ProducerEffect> _effects = [];
    private ProducerMachine _machine = null!;

    [SetUp]
    public void SetUp() => _effects.Clear();

    [Test]
    public void Start_OfANewProducer_AsksToOpenIt()
    {
        _machine = new ProducerMachine(new ProducerPolicy(), "p", 1);
        _machine.Start(TimeSpan.Zero, _effects);
        Assert.That(Take(), Is.EqualTo(new ProducerEffect[] { new OpenProducer(1, "p") }));
    }

    [Test]
    public void Pump_OfSingleEvents_SendsTheFirstAtOnceAndMergesTheRestBehindIt()
    {
        ProducerLane lane = Open(new ProducerPolicy { MaxInFlightWhenPartial = 1 });
        Add(lane, 5);
        Assert.That(Sent(), Is.EqualTo(new[] { (1UL, 1) }));
        _machine.Acked(1, lane, 1, 10, TimeSpan.Zero, _effects);
        Assert.That(Sent(), Is.EqualTo(new[] { (2UL, 4) }));
    }

    [Test]
    public void Pump_WithFullBatches_SendsAsManyAsTheWindowAllows()
    {
        ProducerLane lane = Open(new ProducerPolicy { MaxBatchEvents = 2, MaxInFlightBatches = 3 });
        Add(lane, 20);
        Assert.That(Sent(), Is.EqualTo(new[] { (1UL, 1), (2UL, 1), (3UL, 2) }));
    }

    [Test]
    public void Pump_WithALingerTime_WaitsForItUnlessFlushed()
    {
        ProducerLane lane = Open(new ProducerPolicy { Linger = TimeSpan.FromMilliseconds(5) });
        Add(lane, 2);
        Assert.That(Sent(), Is.Empty);
        Assert.That(_machine.WakeAt, Is.EqualTo(TimeSpan.FromMilliseconds(5)));
        _machine.Wake(TimeSpan.FromMilliseconds(5), _effects);
        Assert.That(Sent(), Is.EqualTo(new[] { (1UL, 2) }));
        Add(lane, 1);
        _machine.Flush(lane, TimeSpan.Zero, _effects);
        Assert.That(Sent(), Is.EqualTo(new[] { (3UL, 1) }));
    }

    [Test]
    public void Opened_AfterABrokenStream_SendsTheRestWithTheSameSequences()
    {
        ProducerLane lane = Open(new ProducerPolicy { MaxBatchEvents = 1 });
        Add(lane, 3);
        Take();
        Break(lane);
        Assert.That(Take().Single(), Is.InstanceOf<ProducerWaits>());
        _machine.Wake(_machine.WakeAt!.Value, _effects);
        Assert.That(Take(), Is.EqualTo(new ProducerEffect[] { new OpenProducer(2, "p") }));
        _machine.Opened(2, Facts(70, ("t", 1)), TimeSpan.Zero, _effects);
        ProducerEffect[] effects = Take();
        Assert.That(effects[0], Is.EqualTo(new ProducerReady("p", 70)));
        Assert.That(effects[1], Is.EqualTo(new EventsDurable(lane, 1, 71)));
        Assert.That(
            effects.OfType<SendBatch>().Select(s => (s.Attempt, s.Batch.FirstSequence)),
            Is.EqualTo(new[] { (2, 2UL), (2, 3UL) }));
    }

    [Test]
    public void Acked_OfAnOlderAttempt_ChangesNothing()
    {
        ProducerLane lane = Open(new ProducerPolicy());
        Add(lane, 1);
        Take();
        _machine.Acked(0, lane, 1, 10, TimeSpan.Zero, _effects);
        Assert.That(Take(), Is.Empty);
    }

    [TestCase("SEQUENCE_GAP")]
    [TestCase("PRODUCER_FENCED")]
    [TestCase("UNKNOWN_PRODUCER")]
    [TestCase("PRODUCER_EXPIRED")]
    public void StreamEnded_ForAReasonThatNoRetryMends_FailsTheProducer(string reason)
    {
        ProducerLane lane = Open(new ProducerPolicy());
        Add(lane, 1);
        Take();
        var why = new Refusal(RefusalKind.FailedPrecondition, reason, "no");
        _machine.StreamEnded(1, lane, why, TimeSpan.Zero, _effects);
        Assert.That(Take(), Is.EqualTo(new ProducerEffect[] { new ProducerFailed(why) }));
        Assert.That(_machine.Failure, Is.EqualTo(why));
    }

    [Test]
    public void StreamEnded_BecauseTheTopicIsRefused_FailsOnlyThatTopicOnceTheTruthIsKnown()
    {
        ProducerLane lane = Open(new ProducerPolicy { MaxBatchEvents = 1 });
        ProducerLane other = _machine.Lane("other");
        Add(lane, 2);
        Add(other, 1);
        Take();
        var why = new Refusal(RefusalKind.NotFound, "NO_SUCH_TOPIC", "no");
        _machine.StreamEnded(1, lane, why, TimeSpan.Zero, _effects);
        Assert.That(Take().Single(), Is.InstanceOf<ProducerWaits>());
        _machine.Wake(_machine.WakeAt!.Value, _effects);
        Take();
        _machine.Opened(2, Facts(70, ("t", 1)), TimeSpan.Zero, _effects);
        ProducerEffect[] effects = Take();
        Assert.That(effects, Does.Contain(new EventsDurable(lane, 1, 71)).And.Contain(new TopicFailed(lane, why)));
        Assert.That(effects.OfType<SendBatch>().Single().Lane, Is.EqualTo(other));
        Add(lane, 1);
        Assert.That(Sent(), Is.EqualTo(new[] { (2UL, 1) }));
    }

    [Test]
    public void StreamEnded_ForTheSameTopicEachTime_WaitsLongerWhateverElseSucceeds()
    {
        ProducerLane lane = Open(new ProducerPolicy());
        ProducerLane other = _machine.Lane("other");
        var why = new Refusal(RefusalKind.NotFound, "NO_SUCH_TOPIC", "no");
        var waits = new List<TimeSpan>();
        for (int attempt = 1; attempt <= 5; attempt++)
        {
            TimeSpan now = waits.Aggregate(TimeSpan.Zero, (sum, wait) => sum + wait);
            Add(other, 1);
            _machine.Acked(attempt, other, (ulong)attempt, 100, now, _effects);
            Add(lane, 1);
            Take();
            _machine.StreamEnded(attempt, lane, why, now, _effects);
            waits.Add(Take().OfType<ProducerWaits>().Single().RetryIn);
            now = _machine.WakeAt!.Value;
            _machine.Wake(now, _effects);
            _machine.Opened(attempt + 1, Facts(70, ("other", (ulong)attempt)), now, _effects);
        }

        Assert.That(waits[^1], Is.GreaterThanOrEqualTo(new ProducerPolicy().BackoffMax / 2));
        Add(lane, 1);
        _machine.Acked(6, lane, 1, 200, TimeSpan.FromMinutes(1), _effects);
        Break(lane, 6);
        Assert.That(
            Take().OfType<ProducerWaits>().Single().RetryIn, Is.LessThanOrEqualTo(new ProducerPolicy().BackoffMin));
    }

    [Test]
    public void StreamEnded_AgainAndAgainInVain_WaitsLongerAndGivesUpAtLast()
    {
        var policy = new ProducerPolicy { GiveUpAfter = TimeSpan.FromSeconds(30) };
        ProducerLane lane = Open(policy);
        Add(lane, 1);
        Break(lane);
        var waits = new List<TimeSpan>();
        TimeSpan now = TimeSpan.Zero;
        while (_machine.Failure is null)
        {
            waits.AddRange(Take().OfType<ProducerWaits>().Select(w => w.RetryIn));
            now = _machine.WakeAt!.Value;
            _machine.Wake(now, _effects);
            int attempt = Take().OfType<OpenProducer>().Single().Attempt;
            _machine.OpenFailed(attempt, new Refusal(RefusalKind.Unavailable, "UNAVAILABLE", "no"), now, _effects);
        }

        Assert.That(now, Is.GreaterThanOrEqualTo(policy.GiveUpAfter));
        Assert.That(waits[0], Is.LessThanOrEqualTo(policy.BackoffMin));
        Assert.That(waits, Has.All.LessThanOrEqualTo(policy.BackoffMax));
        Assert.That(waits[^1], Is.GreaterThanOrEqualTo(policy.BackoffMax / 2));
        Assert.That(_machine.Failure!.Reason, Is.EqualTo("UNAVAILABLE"));
    }

    /// <summary>Told when to come again, a producer comes no sooner, and not all of them at the same moment; then it
    /// sends the same again.</summary>
    [Test]
    public void Row41_StreamEnded_Overloaded_WaitsAsToldAndSendsTheSameAgain()
    {
        var told = TimeSpan.FromSeconds(2);
        var refusal = new Refusal(RefusalKind.ResourceExhausted, "OVERLOADED", "Too much.") { RetryAfter = told };
        var waits = new HashSet<TimeSpan>();
        for (ulong seed = 1; seed <= 20; seed++)
        {
            _machine = new ProducerMachine(new ProducerPolicy(), "p", seed);
            _machine.Start(TimeSpan.Zero, _effects);
            _machine.Opened(1, Facts(50), TimeSpan.Zero, _effects);
            ProducerLane lane = _machine.Lane("t");
            Add(lane, 3);
            ulong first = Take().OfType<SendBatch>().First().Batch.FirstSequence;
            _machine.StreamEnded(1, lane, refusal, TimeSpan.Zero, _effects);
            waits.Add(Take().OfType<ProducerWaits>().Single().RetryIn);
            _machine.Wake(_machine.WakeAt!.Value, _effects);
            _machine.Opened(2, Facts(60), TimeSpan.Zero, _effects);
            Assert.That(Take().OfType<SendBatch>().First().Batch.FirstSequence, Is.EqualTo(first));
            Assert.That(_machine.Failure, Is.Null);
        }

        Assert.That(waits, Has.All.InRange(told, 2 * told));
        Assert.That(waits, Has.Count.GreaterThan(15), "they do not return in step");
    }

    [Test]
    public void Next_ToldToWaitForAnHour_WaitsForNoMoreThanIsSensible() => Assert.That(
        new Backoff(TimeSpan.FromMilliseconds(50), TimeSpan.FromMilliseconds(500), 1).Next(TimeSpan.FromHours(1)),
        Is.InRange(Backoff.MostTold, 2 * Backoff.MostTold));

    [Test]
    public void OpenFailed_WhileNothingIsAtStake_NeverGivesUp()
    {
        ProducerLane lane = Open(new ProducerPolicy());
        Add(lane, 1);
        _machine.Acked(1, lane, 1, 10, TimeSpan.Zero, _effects);
        Break(lane);
        for (int day = 1; day < 10; day++)
        {
            var now = TimeSpan.FromDays(day);
            Take();
            _machine.Wake(now, _effects);
            int attempt = Take().OfType<OpenProducer>().Single().Attempt;
            _machine.OpenFailed(attempt, new Refusal(RefusalKind.Unavailable, "UNAVAILABLE", "no"), now, _effects);
        }

        Assert.That(_machine.Failure, Is.Null);
    }

    [Test]
    public void Acked_OfWhatWasNeverSent_FailsTheProducer()
    {
        ProducerLane lane = Open(new ProducerPolicy());
        Add(lane, 1);
        _machine.Acked(1, lane, 7, 10, TimeSpan.Zero, _effects);
        Assert.That(_machine.Failure!.Reason, Is.EqualTo("COORDINATOR_CONTRADICTS"));
    }

    [Test]
    public void Opened_WhenAcknowledgedEventsAreGone_FailsTheProducer()
    {
        ProducerLane lane = Open(new ProducerPolicy());
        Add(lane, 1);
        _machine.Acked(1, lane, 1, 10, TimeSpan.Zero, _effects);
        Break(lane);
        _machine.Wake(_machine.WakeAt!.Value, _effects);
        _machine.Opened(2, Facts(70), TimeSpan.Zero, _effects);
        Assert.That(_machine.Failure!.Reason, Is.EqualTo("COORDINATOR_CONTRADICTS"));
    }

    [Test]
    public void Opened_WhenAnotherProcessHasPublishedUnderTheId_FailsTheProducer()
    {
        ProducerLane lane = Open(new ProducerPolicy());
        Add(lane, 1);
        Break(lane);
        _machine.Wake(_machine.WakeAt!.Value, _effects);
        _machine.Opened(2, Facts(70, ("t", 5)), TimeSpan.Zero, _effects);
        Assert.That(_machine.Failure!.Reason, Is.EqualTo("PRODUCER_FENCED"));
    }

    [Test]
    public void Lane_OfATopicWrittenBefore_ContinuesItsSequences()
    {
        _machine = new ProducerMachine(new ProducerPolicy(), "p", 1);
        _machine.Start(TimeSpan.Zero, _effects);
        _machine.Opened(1, Facts(50, ("t", 41)), TimeSpan.Zero, _effects);
        Take();
        Add(_machine.Lane("t"), 1);
        Assert.That(Sent(), Is.EqualTo(new[] { (42UL, 1) }));
    }

    private static OpenedFacts Facts(ulong epoch, params (string Topic, ulong Last)[] durable) =>
        new("p", epoch, durable.ToDictionary(d => d.Topic, d => d.Last));

    private ProducerLane Open(ProducerPolicy policy)
    {
        _machine = new ProducerMachine(policy, "p", 1);
        _machine.Start(TimeSpan.Zero, _effects);
        _machine.Opened(1, Facts(50), TimeSpan.Zero, _effects);
        _effects.Clear();
        return _machine.Lane("t");
    }

    private void Break(ProducerLane lane, int attempt = 1) =>
        _machine.StreamEnded(attempt, lane, null, TimeSpan.Zero, _effects);

    private void Add(ProducerLane lane, int count)
    {
        for (int i = 0; i < count; i++)
        {
            _machine.Add(lane, 10, TimeSpan.Zero).Clear();
            _machine.Pump(lane, TimeSpan.Zero, _effects);
        }
    }

    private (ulong First, int Count)[] Sent() =>
        [.. Take().OfType<SendBatch>().Select(s => (s.Batch.FirstSequence, s.Batch.Count))];

    private ProducerEffect[] Take()
    {
        ProducerEffect[] effects = [.. _effects];
        _effects.Clear();
        return effects;
    }
}
