using Millrace.Common.Failpoints;
using Millrace.Common.Model;
using Millrace.Coordinator.Core;
using Millrace.Coordinator.Core.Producers;
using Millrace.Coordinator.Core.Retention;
using Millrace.Coordinator.Core.Topics.Partitioning;
using Millrace.Coordinator.Journal;

namespace Millrace.Coordinator.Loop;

/// <summary>
/// The heart of the loop, without threads, clock or disk: inputs and batches go through the machine into the open
/// frame;
/// the frame is sealed when the journal is idle; what it decided leaves once it is durable. While one frame is being
/// synced the next one fills: that is the group commit.
/// </summary>
internal sealed class CommitPipeline(CoordinatorMachine machine, FrameBuilder open, IJournal journal, IOutbox outbox)
{
    private readonly DurabilityGate _gate = new();
    private readonly List<Effect> _effects = [];
    private ulong _openFrame = 1;
    private ulong _durableFrame;

    /// <summary>A frame has been handed to the journal and is not durable yet.</summary>
    public bool IsWriting => _durableFrame + 1 < _openFrame;

    /// <summary>Nothing is open, being written or held back.</summary>
    public bool IsIdle => open.IsEmpty && !IsWriting && _gate.Count == 0;

    /// <summary>There is room for what an input may bring. False: take none before the open frame is sealed.</summary>
    public bool HasRoomForInput => !open.RecordRoomIsLow;

    public void Handle(Input input, Now now)
    {
        machine.Handle(input, now, journal.NextPosition, _effects);
        Dispose();
    }

    /// <summary>Takes a batch. False: the open frame has no room for it; offer it again after the frame was
    /// sealed.</summary>
    public bool TryOffer(OfferedBatch batch, Now now)
    {
        if (machine.RouteOf(batch.Topic!.Topic) is { } route && !Mutants.Is(Mutant.BatchStoredByAnOldMap))
        {
            Rerouting.Follow(batch, route);
        }

        EntryBatch entries = batch.Entries;
        int records = entries.KeyBytes == 0 ? 0 : BatchPlacement.RecordBytes(entries.Count, entries.KeyBytes);
        if (!open.HasRoomFor(entries, records))
        {
            return false;
        }

        if (!journal.CanStore(open.EstimatedBytes + entries.ByteCount + records))
        {
            Leave(Outgoing.Refuse(batch, JournalFull(now)));
            return true;
        }

        PublishVerdict verdict = machine.Admit(
            batch.ProducerId,
            batch.ProducerEpoch,
            batch.Topic.Topic,
            batch.FirstSequence,
            batch.Entries.Count,
            batch.StreamId);
        switch (verdict.Outcome)
        {
            case PublishOutcome.Store:
                if (batch.Topic.Partitioner.IsChosenWhenStored)
                {
                    Place(batch, verdict.Skip, now);
                }

                open.TryAdd(batch.Entries, verdict.Skip, verdict.Range);
                Failpoint.Hit("I2");
                Acknowledge(batch, verdict, early: Mutants.Is(Mutant.AckOnEnqueue));
                break;
            case PublishOutcome.Repeat:
                Acknowledge(batch, verdict, early: Mutants.Is(Mutant.RepeatAckedBeforeFirstCopyDurable));
                break;
            default:
                Leave(Outgoing.Refuse(batch, verdict.Refusal!));
                break;
        }

        return true;
    }

    /// <summary>Seals the open frame if it holds something and the journal is idle. The caller writes it.</summary>
    public SealedFrame? TrySeal(Now now)
    {
        if (open.IsEmpty || IsWriting)
        {
            return null;
        }

        long unixMs = now.UnixMs;
        SealedFrame frame = open.Seal(
            journal.NextPlace(),
            unixMs,
            (blocks, frameEnd) => machine.SealBlocks(blocks, frameEnd, unixMs));
        _openFrame++;
        if (Mutants.Is(Mutant.AckBeforeSync))
        {
            _gate.Release(_openFrame - 1, frame.End, outbox);
        }

        return frame;
    }

    /// <summary>The frame that was sealed last is durable: what waited for it leaves.</summary>
    public void Durable()
    {
        _durableFrame = _openFrame - 1;
        _gate.Release(_durableFrame, journal.DurableEnd, outbox);
    }

    /// <param name="early">Only planted bugs do not wait.</param>
    private void Acknowledge(OfferedBatch batch, in PublishVerdict verdict, bool early)
    {
        Outgoing ack = Outgoing.Ack(batch, verdict.LastSequence, verdict.Skip);
        if (early)
        {
            ack.Deliver(outbox, journal.DurableEnd);
        }
        else
        {
            Leave(ack);
        }
    }

    /// <summary>Finds the partitions of a batch that ingest could not route.</summary>
    private void Place(OfferedBatch batch, int skip, Now now)
    {
        EntryBatch entries = batch.Entries;
        if (entries.KeyBytes > 0)
        {
            Range stored = skip..entries.Count;
            var keys = new KeyedEvents(
                entries.Buffer,
                entries.KeyStarts.AsSpan()[stored],
                entries.KeyLengths.AsSpan()[stored],
                entries.KeyHashes.AsSpan()[stored]);
            Span<int> partitions = entries.Partitions.AsSpan()[stored];
            machine.PlaceKeys(batch.Topic!.Topic, keys, partitions, now, journal.NextPosition, _effects);
            Dispose();
            return;
        }

        int index = machine.ChoosePartition(batch.Topic!.Topic, entries.Count - skip, now);
        Array.Fill(entries.Partitions, index, 0, entries.Count);
    }

    private void Dispose()
    {
        foreach (Effect effect in _effects)
        {
            Dispose(effect);
        }

        _effects.Clear();
    }

    private void Dispose(Effect effect)
    {
        switch (effect)
        {
            case AppendRecord append:
                if (append.Record is TaskAssigned)
                {
                    Failpoint.Hit("A1");
                }

                open.AddRecord(append.Record);
                HitSuccession(append.Record);
                break;
            case AnswerHeartbeat:
            case Tell { Message: Assign } when Mutants.Is(Mutant.GrantBeforeEpochDurable):
                outbox.Carry(effect);
                break;
            default:
                Leave(Outgoing.Of(effect));
                break;
        }
    }

    private static void HitSuccession(ControlRecord record)
    {
        if (record is PartitionsReplaced)
        {
            Failpoint.Hit("S1");
        }
        else if (record is TasksReplaced)
        {
            Failpoint.Hit("S3");
        }
    }

    /// <summary>Lets a message go once everything that it may rest on is durable.</summary>
    private void Leave(in Outgoing message)
    {
        ulong restsOn = open.IsEmpty ? _openFrame - 1 : _openFrame;
        if (restsOn <= _durableFrame)
        {
            message.Deliver(outbox, journal.DurableEnd);
            return;
        }

        _gate.Hold(restsOn, message);
    }

    private Refusal JournalFull(Now now)
    {
        RetentionFloor floor = machine.OldestNeeded(now, journal.DurableEnd);
        return new Refusal(
            RefusalKind.ResourceExhausted,
            "JOURNAL_FULL",
            $"The journal has no space for more events; {floor.PinnedBy} needs everything from position "
            + $"{floor.Position} on. Free disk space, raise Journal:MaxBytes or let the job catch up.")
        {
            Metadata = new Dictionary<string, string> { ["pinnedBy"] = floor.PinnedBy },
        };
    }
}
