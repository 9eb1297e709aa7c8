using Millrace.Coordinator.Core.Producers;

namespace Millrace.Coordinator.Tests.Core.Producers;

public sealed class AdmissionPropertyTests
{
    /// <summary>What a reader of rule 1 would write: every stored event is in a list.</summary>
    private sealed class NaiveLog
    {
        private readonly List<(string Producer, string Topic, ulong Sequence)> _stored = [];
        private readonly Dictionary<(string, string), ulong> _newestStream = [];
        private readonly HashSet<(string, string, ulong)> _dead = [];

        public string Offer(Offer o, ulong currentEpoch)
        {
            var key = (o.Producer, o.Topic);
            if (o.Epoch < currentEpoch)
            {
                return "PRODUCER_FENCED";
            }

            if (o.Stream > 0)
            {
                ulong newest = Math.Max(o.Stream, _newestStream.GetValueOrDefault(key));
                _newestStream[key] = newest;
                if (o.Stream < newest || _dead.Contains((o.Producer, o.Topic, o.Stream)))
                {
                    return "PRODUCER_FENCED";
                }
            }

            List<ulong> had = [.. _stored.Where(s => (s.Producer, s.Topic) == key).Select(s => s.Sequence)];
            ulong[] offered = [.. Enumerable.Range(0, o.Count).Select(i => o.First + (ulong)i)];
            ulong[] fresh = [.. offered.Except(had)];
            if (fresh.Length > 0 && fresh[0] > 1 && !had.Contains(fresh[0] - 1))
            {
                _dead.Add((o.Producer, o.Topic, o.Stream));
                return "SEQUENCE_GAP";
            }

            _stored.AddRange(fresh.Select(s => (o.Producer, o.Topic, s)));
            ulong last = had.Concat(fresh).Max();
            return fresh.Length == 0
                ? $"Repeat {last}"
                : $"Store {fresh[0]} {fresh.Length} {last} {o.Count - fresh.Length}";
        }
    }

    private sealed record Offer(string Producer, ulong Epoch, string Topic, ulong First, int Count, ulong Stream);

    [Test]
    public void Admit_AnyOffers_DecidesAsTheNaiveLogDoes() =>
        AnyNumbers.Check(tests: 300, longest: 200, AgreesWithTheNaiveLog);

    private static bool AgreesWithTheNaiveLog(int[] numbers)
    {
        TestCluster cluster = TestCluster.Started();
        cluster.Deploy(2, "a");
        cluster.Deploy(3, "b");
        var epochs = new[] { "p", "q" }.ToDictionary(id => id, cluster.OpenProducer);
        var naive = new NaiveLog();
        foreach (int number in numbers)
        {
            string producer = number % 2 == 0 ? "p" : "q";
            if (number / 2 % 20 == 0)
            {
                epochs[producer] = cluster.OpenProducer(producer);
                cluster.Seal();
                continue;
            }

            ulong epoch = epochs[producer] - (number / 7 % 10 == 0 ? 1UL : 0UL);
            var offer = new Offer(
                producer,
                epoch,
                number / 3 % 2 == 0 ? "a" : "b",
                1 + (ulong)(number / 11 % 12),
                1 + number / 13 % 4,
                (ulong)(number / 17 % 4));
            PublishVerdict v = cluster.Publish(producer, epoch, offer.First, offer.Count, offer.Topic, offer.Stream);
            string got = v.Outcome switch
            {
                PublishOutcome.Refuse => v.Refusal!.Reason,
                PublishOutcome.Repeat => $"Repeat {v.LastSequence}",
                _ => $"Store {v.Range.FirstSequence} {v.Range.Count} {v.LastSequence} {v.Skip}",
            };
            string expected = naive.Offer(offer, epochs[producer]);
            if (got != expected)
            {
                TestContext.Out.WriteLine($"{offer}: expected {expected}, got {got}");
                return false;
            }
        }

        return true;
    }
}
