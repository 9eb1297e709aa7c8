using Millrace.Common.Failpoints;
using Millrace.Common.Model;
using Millrace.Coordinator.Core.Recovery;

namespace Millrace.Coordinator.Core.Producers;

/// <summary>Who has stored what: the sequences by which repeats are told from new events. Durable state.</summary>
internal sealed class ProducerTable
{
    private readonly Dictionary<string, ProducerEntry> _byId = new(StringComparer.Ordinal);
    private readonly Dictionary<ulong, ProducerEntry> _byNumber = [];
    private readonly HashSet<string> _expired = new(StringComparer.Ordinal);
    private readonly List<ProducerEntry> _inOpenFrame = [];

    public int Count => _byId.Count;

    public int ExpiredCount => _expired.Count;

    /// <summary>Pairs of producer and topic, those without any event included.</summary>
    public int TopicCount { get; private set; }

    public ulong LastNumber { get; private set; }

    public ProducerEntry? Find(string id) => _byId.GetValueOrDefault(id);

    /// <summary>The id was in use and its sequences are forgotten. Ids that the coordinator chose need not be
    /// remembered for this: their number tells.</summary>
    public bool IsExpired(string id) =>
        !_byId.ContainsKey(id)
        && (_expired.Contains(id) || (ChosenIds.NumberOf(id) is { } number && number <= LastNumber));

    /// <summary>Live producers in no particular order.</summary>
    public IEnumerable<ProducerEntry> All => _byId.Values;

    public TopicProgress AddTopic(ProducerEntry entry, TopicId topic)
    {
        var progress = new TopicProgress();
        entry.Topics.Add(topic, progress);
        TopicCount++;
        return progress;
    }

    public void Apply(ProducerOpened opened)
    {
        LastNumber = Math.Max(LastNumber, opened.Number);
        if (!_byId.TryGetValue(opened.ProducerId, out ProducerEntry? entry))
        {
            entry = new ProducerEntry(opened.ProducerId, opened.Number);
            _byId.Add(entry.Id, entry);
            _byNumber.Add(entry.Number, entry);
            _expired.Remove(entry.Id);
        }

        entry.Epoch = opened.Epoch;
        entry.ActiveUnixMs = Math.Max(entry.ActiveUnixMs, opened.UnixMs);
    }

    public void Apply(ProducerExpired expired)
    {
        if (!_byNumber.Remove(expired.Number, out ProducerEntry? entry))
        {
            throw new StateException($"producer {expired.Number} expires but is not known");
        }

        _byId.Remove(entry.Id);
        TopicCount -= entry.Topics.Count;
        if (ChosenIds.NumberOf(entry.Id) is null)
        {
            _expired.Add(entry.Id);
        }
    }

    /// <summary>Events were taken into the open frame. They count from now on; the frame's time is stamped when it is
    /// sealed.</summary>
    public void Take(ProducerEntry entry, TopicProgress progress, ulong last)
    {
        progress.Last = last;
        if (!entry.InOpenFrame)
        {
            entry.InOpenFrame = true;
            _inOpenFrame.Add(entry);
        }
    }

    /// <summary>The open frame is sealed with this time.</summary>
    public void StampOpenFrame(long unixMs)
    {
        foreach (ProducerEntry entry in _inOpenFrame)
        {
            entry.InOpenFrame = false;
            entry.ActiveUnixMs = Math.Max(entry.ActiveUnixMs, unixMs);
        }

        _inOpenFrame.Clear();
    }

    /// <summary>Events that a frame of the journal stores.</summary>
    public void Apply(in ProducerRange range, long unixMs)
    {
        if (!_byNumber.TryGetValue(range.Producer, out ProducerEntry? entry))
        {
            throw new StateException($"a frame holds events of producer {range.Producer}, which is not known");
        }

        if (Mutants.Is(Mutant.SequencesForgottenOnRestart))
        {
            return;
        }

        TopicProgress progress = entry.Topics.GetValueOrDefault(range.Topic) ?? AddTopic(entry, range.Topic);
        if (range.FirstSequence != progress.Last + 1
            && !Mutants.IsAny(
                Mutant.IdentityIncludesEpoch, Mutant.IdentityIncludesStream, Mutant.GapAccepted))
        {
            throw new StateException(
                $"producer {entry.Id} goes from sequence {progress.Last} to {range.FirstSequence} in {range.Topic}");
        }

        progress.Last = range.LastSequence;
        entry.ActiveUnixMs = Math.Max(entry.ActiveUnixMs, unixMs);
    }

    public ProducersDto ToSnapshot() => new(
        LastNumber,
        [
            .. _byNumber.Values.OrderBy(e => e.Number).Select(e => new ProducerDto(
                e.Id,
                e.Number,
                e.Epoch,
                e.ActiveUnixMs,
                [
                    .. e.Topics.Where(t => t.Value.Last > 0).OrderBy(t => t.Key.Value)
                        .Select(t => new SequenceDto(t.Key.Value, t.Value.Last)),
                ])),
        ],
        [.. _expired.Order(StringComparer.Ordinal)]);

    public static ProducerTable FromSnapshot(ProducersDto dto)
    {
        var table = new ProducerTable { LastNumber = dto.LastNumber };
        foreach (ProducerDto producer in dto.Live)
        {
            var entry = new ProducerEntry(producer.Id, producer.Number)
            {
                Epoch = producer.Epoch,
                ActiveUnixMs = producer.ActiveUnixMs,
            };
            table._byId.Add(entry.Id, entry);
            table._byNumber.Add(entry.Number, entry);
            foreach (SequenceDto topic in producer.Topics)
            {
                table.AddTopic(entry, new TopicId(topic.Topic)).Last = topic.Last;
            }
        }

        table._expired.UnionWith(dto.Expired);
        return table;
    }
}
