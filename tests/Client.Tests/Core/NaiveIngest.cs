using Millrace.Client.Core;
using Millrace.Common.Model;

namespace Millrace.Client.Tests.Core;

/// <summary>
/// The coordinator's rules for producers, as plainly as they can be written: one list of ids for each topic.
/// </summary>
internal sealed class NaiveIngest
{
    private ulong _epoch;
    private ulong _position = 100;

    public Dictionary<string, List<int>> Stored { get; } = [];

    /// <summary>Topics of which the next batch is refused.</summary>
    public HashSet<string> RefuseNext { get; } = [];

    public OpenedFacts Open(string producerId)
    {
        _epoch = _position;
        _position += 100;
        return new OpenedFacts(
            producerId,
            _epoch,
            Stored.Where(s => s.Value.Count > 0).ToDictionary(s => s.Key, s => (ulong)s.Value.Count));
    }

    public (Refusal? Refused, ulong LastSequence, ulong Position) Receive(SentBatch batch)
    {
        if (!Stored.TryGetValue(batch.Topic, out List<int>? stored))
        {
            Stored.Add(batch.Topic, stored = []);
        }

        if (batch.Epoch != _epoch)
        {
            return (new Refusal(RefusalKind.FailedPrecondition, "PRODUCER_FENCED", "older epoch"), 0, 0);
        }

        if (RefuseNext.Remove(batch.Topic))
        {
            return (new Refusal(RefusalKind.NotFound, "NO_SUCH_TOPIC", "no such topic"), 0, 0);
        }

        if (batch.FirstSequence > (ulong)stored.Count + 1)
        {
            return (new Refusal(RefusalKind.OutOfRange, "SEQUENCE_GAP", "a gap"), 0, 0);
        }

        int skip = stored.Count - (int)batch.FirstSequence + 1;
        stored.AddRange(batch.Ids.Skip(skip));
        _position += 100;
        return (null, (ulong)stored.Count, _position);
    }
}
