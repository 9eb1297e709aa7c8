using Millrace.Common.Model;
using Millrace.Common.Wire;

namespace Millrace.Coordinator.Tests.Dispatch;

/// <summary>A worker's side of one subscription, as strict as the protocol allows.</summary>
internal sealed class TaskReceiver(StoredFrames journal, TaskId task, Epoch epoch, PartitionId partition)
{
    private bool _continued;
    private bool _resumed;

    public PartitionId Partition { get; } = partition;

    /// <summary>Number of its newest subscription.</summary>
    public ulong Subscription { get; private set; }

    public ulong Position { get; private set; }

    public ulong NextOffset { get; private set; }

    public long Granted { get; private set; }

    /// <summary>Bytes taken for which no credit was given back yet.</summary>
    public long Outstanding { get; private set; }

    public int Blocks { get; private set; }

    public int Notices { get; private set; }

    /// <summary>Null when the frame's blocks so far are complete, and there may be a commit.</summary>
    public string? InsideFrame => _continued ? $"{task} is inside a frame" : null;

    public void StartAt(ulong position, ulong nextOffset, long credit)
    {
        // Asking again from where it stands, it may stand inside a frame.
        _continued &= nextOffset == NextOffset && position == Position;
        _resumed = _continued;
        Subscription++;
        Position = position;
        NextOffset = nextOffset;
        Granted = credit;
        Outstanding = 0;
    }

    public void ReturnCredit(long bytes)
    {
        Outstanding -= bytes;
        Granted += bytes;
    }

    /// <summary>Takes a block, or says what is wrong with it.</summary>
    public string? Take(RawBlock block)
    {
        if (block.TaskId != task.Value || block.Epoch != epoch.Value || block.FirstOffset != NextOffset)
        {
            return $"{task}: got {block.FirstOffset} of epoch {block.Epoch} instead of {NextOffset}";
        }

        if (block.Subscription != Subscription)
        {
            return $"{task}: a block of subscription {block.Subscription} instead of {Subscription}";
        }

        if (block.EventCount == 0)
        {
            Notices++;
            Position = block.Position;
            return _resumed ? AtLeast() : _continued ? $"{task}: a notice inside a frame" : Consistent();
        }

        bool allowed = Outstanding == 0 || Granted >= block.Entries.Length;
        Granted -= block.Entries.Length;
        Outstanding += block.Entries.Length;
        Blocks++;
        byte[] expected =
        [
            .. journal.Entries(Partition).Skip((int)NextOffset).Take((int)block.EventCount).SelectMany(entry => entry),
        ];
        if (!allowed || !expected.AsSpan().SequenceEqual(block.Entries.Span))
        {
            return allowed ? $"{task}: other bytes at {NextOffset}" : $"{task}: more than there was credit for";
        }

        NextOffset += block.EventCount;
        _resumed = false;
        if (block.Continued)
        {
            bool moved = block.Position != Position;
            _continued = true;
            return moved ? $"{task}: the position moved inside a frame" : null;
        }

        _continued = false;
        bool rose = block.Position > Position;
        Position = block.Position;
        return rose ? Consistent() : $"{task}: the position did not rise";
    }

    private string? AtLeast() =>
        NextOffset >= journal.CountAt(Partition, Position) ? null : $"{task}: position {Position} is not reached";

    private string? Consistent()
    {
        ulong expected = journal.CountAt(Partition, Position);
        return NextOffset == expected ? null : $"{task}: position {Position} has {expected}, not {NextOffset}";
    }
}
