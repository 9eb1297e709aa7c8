using Millrace.Common.Failpoints;
using Millrace.Common.Keys;
using Millrace.Common.Model;
using Millrace.Worker.Core.Flow;
using Millrace.Worker.Core.Operators;
using Millrace.Worker.Core.State;
using Millrace.Worker.Core.Verdicts;

namespace Millrace.Worker.Core.Tasks;

/// <summary>
/// One task: takes its input block by block, whatever the cuts, and keeps state, position, offset and hash-sum in step.
/// A replay from any of its checkpoints ends in the same state with the same sums.
/// </summary>
internal sealed class TaskMachine
{
    private const string KeyIsParked = "its key is parked";

    private readonly IOperator _operator;
    private readonly VerdictBook _verdicts;
    private ulong _frameEndOffset;
    private ulong _committedOffset;
    private bool _checkpointing;
    private bool _damaged;
    private bool _isPutTogether;
    private bool _hasCommitted;
    private TaskCapture? _capture;
    private SnapshotLink? _link;

    /// <summary>Starts a task from its restore point.</summary>
    /// <param name="content">The restore point's snapshot; null when it names none.</param>
    /// <exception cref="SnapshotDamagedException">The snapshot is not that of the restore point.</exception>
    public TaskMachine(TaskGrant grant, IOperator op, SnapshotContent? content)
    {
        Grant = grant;
        _operator = op;
        _verdicts = new VerdictBook(grant.Verdicts, grant.Restore.NextOffset);
        Position = grant.Restore.Position;
        SeenPosition = Position;
        NextOffset = grant.Restore.NextOffset;
        HashSum = grant.Restore.HashSum;
        _frameEndOffset = NextOffset;
        _committedOffset = NextOffset;
        Careful = grant.Careful ? new CarefulSteps() : null;
        if (content is not null)
        {
            Load(content);
        }
    }

    public TaskGrant Grant { get; }

    /// <summary>The end of the last frame with events of this task that is applied whole: what a commit
    /// names.</summary>
    public ulong Position { get; private set; }

    /// <summary>Everything for the task up to here is applied; beyond <see cref="Position"/> there was
    /// nothing.</summary>
    public ulong SeenPosition { get; private set; }

    /// <summary>Offset of the next event.</summary>
    public ulong NextOffset { get; private set; }

    /// <summary>Sum mod 2^64 of XXH64 (seed 0) over the bytes of every entry before <see cref="NextOffset"/>.</summary>
    public ulong HashSum { get; private set; }

    /// <summary>The state is exactly that of <see cref="Position"/>: no part of a frame is in it.</summary>
    public bool AtFrameEnd => NextOffset == _frameEndOffset && !_damaged;

    /// <summary>The event at which it stands still until there is a verdict; null: none.</summary>
    public PoisonedEvent? Poisoned { get; private set; }

    /// <summary>Null: events need no leave.</summary>
    public CarefulSteps? Careful { get; }

    /// <summary>There is something in the state that no commit of this task includes.</summary>
    public bool HasNews => NextOffset > _committedOffset || (_isPutTogether && NextOffset == _committedOffset);

    public long StateBytes => _operator.StateBytes;

    public TaskOutputs Outputs { get; } = new();

    /// <summary>Takes the new events of a block.</summary>
    /// <param name="scratch">Room for the events' fields; its length is how many are handed to the operator at a
    /// time.</param>
    public ApplyOutcome Apply(in Block block, Span<EventFields> scratch)
    {
        if (block.Epoch != Grant.Epoch)
        {
            return ApplyOutcome.OtherEpoch;
        }

        if (_damaged)
        {
            return ApplyOutcome.Damaged;
        }

        if (block.FirstOffset > NextOffset)
        {
            return ApplyOutcome.Gap;
        }

        bool isNew = block.EndOffset > NextOffset;
        if (isNew)
        {
            // Stays so if the operator throws.
            _damaged = true;
            Poisoned = null;
            _damaged = !ApplyEvents(block, scratch);
            if (_damaged || Poisoned is not null)
            {
                return _damaged ? ApplyOutcome.Damaged : ApplyOutcome.Poisoned;
            }

            if (block.EndOffset > NextOffset)
            {
                return ApplyOutcome.NeedsLeave;
            }
        }

        // What is continued names the position before its frame. Of any other block everything below its end is whole.
        if (block.EndOffset == NextOffset && (!block.Continued || Mutants.Is(Mutant.PartOfFrameCommitted)))
        {
            EndFrame(block);
        }

        return isNew ? ApplyOutcome.Applied : ApplyOutcome.Old;
    }

    /// <summary>A copy of the state for a checkpoint. Null: one is under way, there is nothing new to commit, or a
    /// frame is applied only in part. <see cref="EndCheckpoint"/> must follow.</summary>
    /// <param name="again">Also when there is nothing new; and whole, as what is stored is not to be trusted.</param>
    /// <param name="maxLinks">The most snapshots that may hold only what has changed, after a whole one.</param>
    public TaskCapture? BeginCheckpoint(bool again = false, int maxLinks = 0)
    {
        if (_checkpointing || !AtFrameEnd || !(HasNews || again))
        {
            return null;
        }

        _checkpointing = true;
        var header = new SnapshotHeader(
            _operator.Name, Grant.KeyGroups, Grant.KeyGroupCount, Position, NextOffset, HashSum)
        {
            Outputs = Outputs.Marks(),
        };
        _capture = new TaskCapture(Grant.Task, Grant.Epoch, header, _operator.Freeze())
        {
            Since = again || _link is null || _link.Links >= maxLinks ? null : _link,
        };
        return _capture;
    }

    /// <param name="committed">Next offset of the commit; null: it came to nothing.</param>
    public void EndCheckpoint(ulong? committed)
    {
        _checkpointing = false;
        _committedOffset = committed ?? _committedOffset;
        _isPutTogether &= committed is null;

        if (_capture is { } capture)
        {
            _capture = null;
            Follow(capture.Stored, committed is not null);
        }
    }

    /// <summary>There are more verdicts.</summary>
    public void Take(VerdictList verdicts) => _verdicts.Take(verdicts, NextOffset);

    /// <summary>Before the first event: takes over a part of another task's state.</summary>
    /// <exception cref="SnapshotDamagedException">The snapshot does not hold it, or is another operator's.</exception>
    public void Inherit(SnapshotContent content, StateOrigin origin)
    {
        SnapshotHeader header = content.Header;
        KeyGroupRange groups = origin.KeyGroups;
        bool isMine = Grant.ToContext().IsOneGroup
            || (groups.First >= Grant.KeyGroups.First && groups.End <= Grant.KeyGroups.End);
        if (header.Operator != _operator.Name
            || header.KeyGroupCount != Grant.KeyGroupCount
            || groups.First < header.KeyGroups.First
            || groups.End > header.KeyGroups.End
            || !isMine)
        {
            throw new SnapshotDamagedException(
                $"it holds {header.Operator} state of key groups {header.KeyGroups} of {header.KeyGroupCount}, but "
                + $"{_operator.Name} state of {groups} of {Grant.KeyGroupCount} was wanted");
        }

        RestoreAll(content.Only(groups, origin.Share));
        _isPutTogether = true;
    }

    /// <summary>A warm copy takes over: what its former owner has committed needs no commit again.</summary>
    /// <param name="committed">The last commit; may be beyond this state.</param>
    public void TakeOver(RestorePoint committed)
    {
        _committedOffset = committed.NextOffset;
        if (Mutants.Is(Mutant.StandbySkipsWhatItLacks) && NextOffset < committed.NextOffset)
        {
            (Position, SeenPosition) = (committed.Position, committed.Position);
            (NextOffset, HashSum) = (committed.NextOffset, committed.HashSum);
            _frameEndOffset = NextOffset;
        }
    }

    /// <summary>Answers as of <see cref="SeenPosition"/>; only at a frame's end is that the whole truth.</summary>
    public Answer Ask(Question question) => _operator.Ask(question);

    /// <summary>After one that came to nothing nobody knows what is stored, and after the first one there would be
    /// nothing to fall back on but the beginning: the next one is whole.</summary>
    private void Follow(SnapshotLink? stored, bool isCommitted)
    {
        _link?.State.Dispose();
        _link = isCommitted && _hasCommitted ? stored : null;
        _hasCommitted |= isCommitted;
        if (_link is null)
        {
            stored?.State.Dispose();
        }
    }

    private void EndFrame(in Block block)
    {
        SeenPosition = Math.Max(SeenPosition, block.Position);
        if (block.Count > 0)
        {
            Position = Math.Max(Position, block.Position);
            _frameEndOffset = NextOffset;
            _verdicts.Forget(NextOffset);
        }
    }

    /// <summary>False: they do not parse. True with <see cref="Poisoned"/>: only those before that event are
    /// applied. True without all of them: there is no leave for the rest.</summary>
    private bool ApplyEvents(in Block block, Span<EventFields> scratch)
    {
        var scanner = new EventScanner(block.Entries);
        ulong repeated = NextOffset - block.FirstOffset;
        for (ulong left = block.Count; left > 0;)
        {
            // Events that were applied before are passed over in calls of their own, so that they stay out of the sum.
            ulong upTo = repeated > 0 ? repeated : Careful?.Free(NextOffset, left) ?? left;
            if (upTo == 0)
            {
                return true;
            }

            int read = scanner.Read(scratch[..(int)Math.Min(upTo, (ulong)scratch.Length)]);
            if (read <= 0)
            {
                return false;
            }

            left -= (ulong)read;
            if (repeated > 0)
            {
                repeated -= (ulong)read;
                continue;
            }

            int taken = Process(block.Entries, scratch[..read]);
            HashSum += taken == read ? scanner.HashSum : SumOf(block.Entries, scratch[..taken]);
            NextOffset += (ulong)taken;
            if (taken < read)
            {
                return true;
            }
        }

        return scanner.AtEnd;
    }

    /// <summary>How many of the events are done with; the next one is poisoned.</summary>
    private int Process(ReadOnlySpan<byte> entries, ReadOnlySpan<EventFields> events)
    {
        if (_verdicts.AreFree(NextOffset, events.Length) && Careful?.Forbids(NextOffset) != true)
        {
            var all = new EventBatch(entries, events);
            return _operator.Process(all, Outputs) is { } poison ? StopAt(poison, all) : events.Length;
        }

        for (int i = 0; i < events.Length; i++)
        {
            var one = new EventBatch(entries, events.Slice(i, 1));
            if (_verdicts.Passes(NextOffset + (uint)i))
            {
                continue;
            }

            bool isParked = _verdicts.IsParked(one.Key(events[i]), NextOffset + (uint)i);
            Poison? poison = isParked ? new Poison(0, KeyIsParked)
                : Careful?.Forbids(NextOffset + (uint)i) == true ? new Poison(0, Allowance.Forbidden)
                : _operator.Process(one, Outputs);
            if (poison is { } found)
            {
                return StopAt(found with { Index = i }, new EventBatch(entries, events), isParked);
            }
        }

        return events.Length;
    }

    private int StopAt(Poison poison, in EventBatch events, bool isParked = false)
    {
        if (Mutants.Is(Mutant.PoisonPassedWithoutVerdict))
        {
            return events.Count;
        }

        ref readonly EventFields fields = ref events.Events[poison.Index];
        Poisoned = new PoisonedEvent(
            NextOffset + (uint)poison.Index,
            BadEventBounds.Reason(poison.Reason),
            isParked,
            events.Key(fields).ToArray(),
            fields.EntryLength <= BadEventBounds.MaxEntryBytes ? events.Entry(fields).ToArray() : []);
        return poison.Index;
    }

    private static ulong SumOf(ReadOnlySpan<byte> entries, ReadOnlySpan<EventFields> events)
    {
        ulong sum = 0;
        foreach (ref readonly EventFields fields in events)
        {
            sum += XxHash64.Hash(entries.Slice(fields.EntryStart, fields.EntryLength));
        }

        return sum;
    }

    private void Load(SnapshotContent content)
    {
        SnapshotHeader header = content.Header;
        if (header.Operator != _operator.Name
            || header.KeyGroups != Grant.KeyGroups
            || header.KeyGroupCount != Grant.KeyGroupCount
            || header.Position != Position
            || header.NextOffset != NextOffset
            || header.HashSum != HashSum)
        {
            throw new SnapshotDamagedException(
                $"it holds {header.Operator} state of key groups {header.KeyGroups} at position {header.Position}, "
                + $"but {_operator.Name} state of {Grant.KeyGroups} at {Position} was committed");
        }

        RestoreAll(content);
        Outputs.Restore(header.Outputs);
    }

    private void RestoreAll(SnapshotContent content)
    {
        foreach (SnapshotContent part in content.FromTheWhole())
        {
            _operator.Restore(part);
        }
    }
}
