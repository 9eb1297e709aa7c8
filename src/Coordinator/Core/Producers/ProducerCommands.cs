using Millrace.Common.Failpoints;
using Millrace.Common.Model;
using Millrace.Coordinator.Core.Checkpoints;

namespace Millrace.Coordinator.Core.Producers;

/// <summary>Opens producers and lets silent ones expire.</summary>
internal sealed class ProducerCommands(Turn turn)
{
    private static readonly TimeSpan LongestScanPause = TimeSpan.FromMinutes(1);
    private TimeSpan _nextScan;

    private ProducerTable Table => turn.State.Producers;

    public void Open(OpenProducer input)
    {
        string id = input.ProducerId.Length == 0 ? ChosenIds.Of(Table.LastNumber + 1) : input.ProducerId;
        if (Check(id, input) is { } refusal)
        {
            turn.Reply(input.Call, refusal);
            return;
        }

        ProducerEntry? known = Table.Find(id);
        ulong epoch = Math.Max(turn.NextRecordPosition, (known?.Epoch ?? 0) + 1);
        ulong number = known?.Number ?? Table.LastNumber + 1;
        turn.Record(new ProducerOpened(id, number, epoch, known is null && input.Reset, turn.Now.UnixMs));
        turn.Reply(input.Call, new OpenedProducer(id, number, epoch, SequencesOf(known)));
    }

    public void ExpireSilent()
    {
        if (turn.Now.Uptime < _nextScan)
        {
            return;
        }

        TimeSpan pause = turn.Policy.ProducerExpiry / 10;
        _nextScan = turn.Now.Uptime + (pause < LongestScanPause ? pause : LongestScanPause);
        long before = turn.Now.UnixMs - (long)turn.Policy.ProducerExpiry.TotalMilliseconds;
        ulong[] silent =
        [
            .. Table.All.Where(p => p.ActiveUnixMs < before && !p.InOpenFrame && !IsOfLivingTask(p))
                .Select(p => p.Number).Order().Take(turn.Policy.ExpiriesPerTick),
        ];
        foreach (ulong number in silent)
        {
            if (Table.ExpiredCount >= turn.Policy.MaxExpiredProducers)
            {
                return;
            }

            turn.Record(new ProducerExpired(number, turn.Now.UnixMs));
        }
    }

    /// <summary>A task may have nothing to say for long, and must go on where it ended.</summary>
    private bool IsOfLivingTask(ProducerEntry producer) =>
        TaskProducers.TaskOf(producer.Id) is { } task && turn.State.Assignments.Find(task) is not null;

    private Refusal? Check(string id, OpenProducer input)
    {
        if (Names.Check(id, "producer_id") is { } bad)
        {
            return bad;
        }

        if (Table.Find(id) is not null)
        {
            return null;
        }

        if (Table.IsExpired(id))
        {
            if (!input.Reset)
            {
                return ProducerRefusals.Expired(id);
            }
        }
        else if (input.ProducerId.Length > 0 && ChosenIds.NumberOf(id) is not null)
        {
            return Refusal.BadField(
                "producer_id",
                $"Ids such as {id} are chosen by the coordinator; leave it empty for one.");
        }

        return Table.Count >= turn.Policy.MaxProducers
            ? Refusals.Full("producers", turn.Policy.MaxProducers, "TOO_MANY_PRODUCERS")
            : null;
    }

    private List<(string Topic, ulong LastSequence)> SequencesOf(ProducerEntry? entry)
    {
        if (entry is null || Mutants.Is(Mutant.IdentityIncludesEpoch))
        {
            return [];
        }

        return
        [
            .. entry.Topics.Where(t => t.Value.Last > 0)
                .Select(t => (Topic: turn.State.Topics.Get(t.Key).Name, LastSequence: t.Value.Last))
                .OrderBy(t => t.Topic, StringComparer.Ordinal),
        ];
    }
}
