using Millrace.Common.Model;
using Millrace.Common.Wire;
using Millrace.Coordinator.Core;
using Millrace.Coordinator.Journal;
using Millrace.Coordinator.Loop;

namespace Millrace.Coordinator.Dispatch;

/// <summary>
/// Decides what a data stream's next message holds. Tasks near the head are served from the ring by one walk over its
/// frames, tasks that lag behind the ring by one walk over the journal; the two take turns at being first, so neither
/// starves the other. Owned by the stream's send loop; not safe for several threads.
/// </summary>
internal sealed class StreamFeed(FrameRing ring, IJournal journal, DispatchLimits limits) : IDisposable
{
    private readonly Dictionary<TaskId, TaskCursor> _tasks = [];
    private readonly Dictionary<PartitionId, List<TaskCursor>> _byPartition = [];
    private readonly List<TaskCursor> _ended = [];
    private bool _catchUpFirst;

    /// <summary>The last frame read from the journal, and from where it was looked for: a large one fills several
    /// messages.</summary>
    private SealedFrame? _old;
    private ulong _oldFrom;

    public int Count => _tasks.Count;

    /// <summary>A task has been passed over without being told.</summary>
    public bool HasNotices
    {
        get
        {
            foreach (TaskCursor cursor in _tasks.Values)
            {
                if (NeedsNotice(cursor))
                {
                    return true;
                }
            }

            return false;
        }
    }

    /// <summary>Starts a task's blocks; an older subscription of it ends.</summary>
    public void Subscribe(TaskCursor cursor)
    {
        Remove(cursor.Grant.Task);
        _tasks.Add(cursor.Grant.Task, cursor);
        if (!_byPartition.TryGetValue(cursor.Grant.Partition, out List<TaskCursor>? cursors))
        {
            _byPartition.Add(cursor.Grant.Partition, cursors = []);
        }

        cursors.Add(cursor);
    }

    public void Unsubscribe(TaskId task, Epoch epoch)
    {
        if (_tasks.TryGetValue(task, out TaskCursor? cursor) && cursor.Grant.Epoch == epoch)
        {
            Remove(task);
        }
    }

    /// <summary>What earlier subscriptions of the task were sent and now give back is nobody's credit any
    /// more.</summary>
    public void AddCredit(TaskId task, Epoch epoch, ulong subscription, uint bytes)
    {
        if (_tasks.TryGetValue(task, out TaskCursor? cursor)
            && cursor.Grant.Epoch == epoch
            && cursor.Subscription == subscription)
        {
            cursor.AddCredit(bytes);
        }
    }

    /// <summary>Adds to the message what may be sent now.</summary>
    /// <param name="noticesDue">Send notices even if there is nothing else.</param>
    /// <returns>True: there is more to do at once, whether or not the message holds anything.</returns>
    /// <exception cref="RefusalException">The journal does not hold an offset that a task must get next.</exception>
    public bool Compose(FetchMessage message, bool noticesDue)
    {
        DropEnded();
        _catchUpFirst = !_catchUpFirst;
        bool more = _catchUpFirst ? CatchUp(message) : Recent(message);
        if (message.Bytes < limits.MessageBytes / 2)
        {
            more |= _catchUpFirst ? Recent(message) : CatchUp(message);
        }
        else
        {
            more = true;
        }

        if (noticesDue || !message.IsEmpty)
        {
            AddNotices(message);
        }

        return more;
    }

    public void Dispose() => ForgetOld();

    private static bool NeedsNotice(TaskCursor cursor) => cursor.Position > cursor.Reported && !cursor.InsideFrame;

    private void Remove(TaskId task)
    {
        if (_tasks.Remove(task, out TaskCursor? cursor))
        {
            List<TaskCursor> cursors = _byPartition[cursor.Grant.Partition];
            cursors.Remove(cursor);
            if (cursors.Count == 0)
            {
                _byPartition.Remove(cursor.Grant.Partition);
            }
        }
    }

    private void DropEnded()
    {
        foreach (TaskCursor cursor in _tasks.Values)
        {
            if (cursor.Grant.Ended)
            {
                _ended.Add(cursor);
            }
        }

        foreach (TaskCursor cursor in _ended)
        {
            Remove(cursor.Grant.Task);
        }

        _ended.Clear();
    }

    private bool Recent(FetchMessage message)
    {
        if (!StartWalk(ring.Start, ulong.MaxValue, out ulong at))
        {
            return false;
        }

        while (true)
        {
            RingLook look = ring.Look(at, out SealedFrame? frame, out ulong end);
            if (look != RingLook.Found)
            {
                // Behind: the ring has moved on; the next pass reads the journal for those who lag.
                Pass(end);
                return look == RingLook.Behind;
            }

            bool full = Serve(frame!, message);
            frame!.Release();
            if (full)
            {
                return true;
            }

            at = end;
        }
    }

    private bool CatchUp(FetchMessage message)
    {
        ulong end = Math.Min(ring.Start, journal.DurableEnd);
        if (!StartWalk(0, end, out ulong at))
        {
            ForgetOld();
            return false;
        }

        for (int i = 0; i < limits.CatchUpFrames && at < end; i++)
        {
            SealedFrame? frame = ReadOld(at);
            if (frame is null || frame.Position >= end)
            {
                at = end;
            }
            else if (Serve(frame, message))
            {
                return true;
            }
            else
            {
                at = frame.End;
            }
        }

        Pass(at);
        return true;
    }

    /// <summary>The first frame at or after the position, kept until another one is read.</summary>
    private SealedFrame? ReadOld(ulong position)
    {
        if (_old is not null && position >= _oldFrom && position <= _old.Position)
        {
            return _old;
        }

        ForgetOld();
        _old = journal.Read(position);
        _oldFrom = position;
        return _old;
    }

    private void ForgetOld()
    {
        _old?.Release();
        _old = null;
    }

    /// <summary>Chooses the tasks within the bounds that may be sent something, and where the first of them
    /// stands.</summary>
    private bool StartWalk(ulong from, ulong below, out ulong at)
    {
        at = ulong.MaxValue;
        foreach (TaskCursor cursor in _tasks.Values)
        {
            cursor.Walks = !cursor.Stalled && cursor.Position >= from && cursor.Position < below;
            if (cursor.Walks)
            {
                at = Math.Min(at, cursor.Position);
            }
        }

        return at != ulong.MaxValue;
    }

    /// <summary>The walk has come to here and found nothing more for those who walk.</summary>
    private void Pass(ulong position)
    {
        foreach (TaskCursor cursor in _tasks.Values)
        {
            if (cursor.Walks && !cursor.Stalled)
            {
                cursor.Pass(position);
            }
        }
    }

    /// <summary>Adds the frame's blocks for those who walk; true when the message is full before the frame is
    /// done.</summary>
    private bool Serve(SealedFrame frame, FetchMessage message)
    {
        IReadOnlyList<PartitionBlock> blocks = frame.Facts.Blocks;
        for (int i = 0; i < blocks.Count; i++)
        {
            PartitionBlock block = blocks[i];
            if (!_byPartition.TryGetValue(block.Partition, out List<TaskCursor>? cursors))
            {
                continue;
            }

            foreach (TaskCursor cursor in cursors)
            {
                if (cursor.Walks && !cursor.Stalled && cursor.Position <= frame.Position
                    && AddBlock(cursor, frame, block, message))
                {
                    Pass(frame.Position);
                    return true;
                }
            }
        }

        return false;
    }

    /// <summary>True when the message is full before the block is done.</summary>
    private bool AddBlock(TaskCursor cursor, SealedFrame frame, in PartitionBlock block, FetchMessage message)
    {
        if (block.EndOffset <= cursor.NextOffset)
        {
            cursor.Pass(frame.End);
            return false;
        }

        if (block.FirstOffset > cursor.NextOffset)
        {
            throw new RefusalException(DispatchRefusals.OffsetMissing(cursor, block.FirstOffset));
        }

        ReadOnlyMemory<byte> bytes = frame.BlockBytes(block);
        int at = cursor.SentOf(frame.Position);
        if (at == 0 && cursor.NextOffset > block.FirstOffset)
        {
            at = EntryRun.Skip(bytes.Span, cursor.NextOffset - block.FirstOffset);
        }

        while (at < bytes.Length)
        {
            int length = bytes.Length - at;
            uint count = (uint)(block.EndOffset - cursor.NextOffset);
            if (length > limits.MessageBytes)
            {
                length = EntryRun.Take(bytes.Span[at..], limits.MessageBytes, count, out count);
            }

            if (!message.Fits(length))
            {
                return true;
            }

            if (!cursor.MaySend(length))
            {
                cursor.Pass(frame.Position);
                cursor.StallFor(length);
                return false;
            }

            Add(cursor, frame, bytes.Slice(at, length), count, at + length == bytes.Length, message);
            at += length;
            if (at < bytes.Length)
            {
                cursor.SentPart(frame.Position, at, cursor.NextOffset + count, length);
            }
            else
            {
                cursor.SentFrame(frame.End, block.EndOffset, length);
            }
        }

        return false;
    }

    private static void Add(
        TaskCursor cursor,
        SealedFrame frame,
        ReadOnlyMemory<byte> entries,
        uint count,
        bool last,
        FetchMessage message) =>
        message.Add(
            new RawBlock(
                cursor.Grant.Task.Value,
                cursor.Grant.Epoch.Value,
                last ? frame.End : cursor.Reported,
                cursor.NextOffset,
                count,
                !last,
                cursor.Subscription,
                entries),
            frame);

    private void AddNotices(FetchMessage message)
    {
        foreach (TaskCursor cursor in _tasks.Values)
        {
            if (NeedsNotice(cursor))
            {
                cursor.Noticed();
                message.AddNotice(new RawBlock(
                    cursor.Grant.Task.Value,
                    cursor.Grant.Epoch.Value,
                    cursor.Position,
                    cursor.NextOffset,
                    0,
                    false,
                    cursor.Subscription,
                    default));
            }
        }
    }
}
