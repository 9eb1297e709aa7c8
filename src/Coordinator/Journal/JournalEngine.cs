using Millrace.Common.Failpoints;
using Millrace.Common.Files;
using Millrace.Coordinator.Core;
using Millrace.Coordinator.Core.Incidents;
using Millrace.Coordinator.Core.Recovery;

namespace Millrace.Coordinator.Journal;

/// <summary>
/// The journal without its threads. Each member says whose it is: the loop's (decides places), the writer's (makes
/// frames durable), the keeper's (has segments ready in advance), or anybody's.
/// </summary>
internal sealed class JournalEngine : IDisposable
{
    private const ulong ZeroesPerFrameByte = 4;

    private readonly ISegmentStore _store;
    private readonly JournalLimits _limits;
    private readonly SegmentTable _table;
    private readonly Lock _changes = new();
    private ulong _durableEnd;
    private ulong _nextPosition;
    private ulong _firstPosition;
    private volatile bool _writerWaits;
    private bool _endsWithMark;

    private JournalEngine(
        ISegmentStore store, JournalGeometry geometry, JournalLimits limits, SegmentTable table, RecoveryReport report)
    {
        _store = store;
        Geometry = geometry;
        _limits = limits;
        _table = table;
        Recovered = report;
        _durableEnd = report.End;
        _nextPosition = geometry.PlaceAfter(report.End);
        _firstPosition = geometry.StartOf(table.First ?? geometry.SegmentOf(_nextPosition));
    }

    public JournalGeometry Geometry { get; }

    public RecoveryReport Recovered { get; }

    /// <summary>Anybody's.</summary>
    public ulong DurableEnd => Volatile.Read(ref _durableEnd);

    /// <summary>Anybody's.</summary>
    public ulong FirstPosition => Volatile.Read(ref _firstPosition);

    /// <summary>The loop's.</summary>
    public ulong NextPosition => Volatile.Read(ref _nextPosition);

    /// <summary>Replays the journal and repairs its end.</summary>
    /// <param name="from">The control snapshot's position; 0: there is none.</param>
    /// <param name="apply">Called with each frame at or above it, in order.</param>
    /// <exception cref="JournalDamagedException">The journal must not be used.</exception>
    /// <exception cref="FileFailure">It could not be read or repaired.</exception>
    public static JournalEngine Recover(
        ISegmentStore store, JournalGeometry geometry, JournalLimits limits, ulong from, Action<FrameFacts> apply)
    {
        geometry.Validate();

        // A process that died may have left new names that only memory knows: frames must not be stored under them.
        store.SyncDirectory();
        SegmentTable table = new(store, geometry, limits);
        JournalRecovery recovery = new(new SegmentFrameSource(table, geometry), from);
        long frames = 0;
        while (recovery.Next() is { } facts)
        {
            apply(facts);
            frames++;
        }

        if (recovery.Outcome is not { } outcome)
        {
            throw new JournalDamagedException($"{recovery.Refusal}. Nothing was changed.");
        }

        ulong place = geometry.PlaceAfter(outcome.End);
        JournalRepair repair = new(table, geometry);
        long rewritten = Mutants.Is(Mutant.TailNotRewritten) ? 0 : repair.Rewrite(outcome);
        long cut = repair.Cut(outcome);
        table.StartAt(geometry.SegmentOf(place));
        RecoveryReport report = new(
            outcome.End,
            frames,
            rewritten,
            outcome.Torn,
            table.Describe(place),
            outcome.Torn ? cut : 0,
            outcome.Incarnation);
        JournalEngine engine = new(store, geometry, limits, table, report);
        engine.Require(geometry.SegmentOf(place));
        return engine;
    }

    /// <summary>The loop's: what the next frame must say of its place.</summary>
    public FramePlace NextPlace(ulong incarnation) =>
        new(NextPosition, _table.GenerationOf(Geometry.SegmentOf(NextPosition)), incarnation, DurableEnd);

    /// <summary>The loop's: events of this size can be stored in the next frame. True only when their space is
    /// reserved already and what control records may need is left.</summary>
    public bool CanStore(int bytes)
    {
        ulong place = NextPosition;
        ulong segment = Geometry.SegmentOf(place);
        ulong secured = _table.SecuredEnd;
        if (bytes > Geometry.MaxFrameBytes || secured <= segment)
        {
            return false;
        }

        // The frame itself, the reserve, and the rest of a segment in which no frame of the largest size can start.
        return secured > segment + 1
            || place + (2 * (ulong)Geometry.MaxFrameBytes) + (ulong)_limits.ControlReserveBytes
                <= Geometry.StartOf(segment + 1);
    }

    /// <summary>The loop's: a frame takes the next place.</summary>
    public void Begin(SealedFrame frame)
    {
        if (frame.Position != NextPosition)
        {
            throw new InvalidOperationException(
                $"The frame is of position {frame.Position}, but the next one is {NextPosition}.");
        }

        Volatile.Write(ref _nextPosition, Geometry.PlaceAfter(frame.End));
    }

    /// <summary>The writer's: makes a frame durable. When it throws, nobody knows what is on the disk, and nothing
    /// may be tried again.</summary>
    public void Append(SealedFrame frame)
    {
        ulong segment = Geometry.SegmentOf(frame.Position);
        Require(segment);
        Store(segment, frame);
        FrameFacts facts = frame.Facts;
        _endsWithMark = facts.Records.Count == 0 && facts.Ranges.Count == 0 && facts.Blocks.Count == 0;
        Volatile.Write(ref _durableEnd, frame.End);
    }

    /// <summary>An empty frame that says that everything before it is durable; null when the last one says so
    /// already. Only while no frame is outstanding.</summary>
    public SealedFrame? SealMark(ulong incarnation, long unixMs)
    {
        if (_endsWithMark || DurableEnd == 0)
        {
            return null;
        }

        FrameBuilder builder = new(Geometry);
        return builder.Seal(NextPlace(incarnation), unixMs, static (_, _) => { });
    }

    /// <summary>Anybody's: see <see cref="Loop.IJournal.Read"/>.</summary>
    public SealedFrame? Read(ulong position)
    {
        while (true)
        {
            ulong place = Geometry.PlaceAfter(Math.Max(position, FirstPosition));
            if (place >= DurableEnd)
            {
                return null;
            }

            try
            {
                if (ReadAt(place) is { } frame)
                {
                    return frame;
                }
            }
            catch (FileFailure) when (place < FirstPosition)
            {
                continue;
            }

            if (place >= FirstPosition)
            {
                throw new JournalDamagedException(
                    $"The journal has no good frame at position {place} ({_table.Describe(place)}), "
                    + $"but is durable up to {DurableEnd}.");
            }
        }
    }

    /// <summary>Anybody's: reads the frame that follows a position from the disk itself. Null: there is none below the
    /// durable end.</summary>
    /// <exception cref="FileFailure">It could not be read, and that says nothing about the disk.</exception>
    public FrameCheck? Check(ulong position)
    {
        ulong place = Geometry.PlaceAfter(Math.Max(position, FirstPosition));
        if (place >= DurableEnd)
        {
            return null;
        }

        try
        {
            if (OffsetOf(place) == 0)
            {
                _table.ForgetCached(Geometry.SegmentOf(place));
            }

            return TryReadAt(place) is { } length
                ? new FrameCheck(place + (ulong)length, length, null)
                : DamageAt(place);
        }
        catch (FileFailure) when (place < FirstPosition)
        {
            return new FrameCheck(FirstPosition, 0, null);
        }
    }

    /// <summary>The loop's: whole segments below this position are no longer needed. Always keeps the segment of the
    /// last frame. The keeper takes them out.</summary>
    public void Trim(ulong below)
    {
        ulong last = DurableEnd == 0 ? 0 : DurableEnd - 1;
        ulong first = Geometry.StartOf(Geometry.SegmentOf(Math.Min(below, last)));
        if (first > FirstPosition)
        {
            Volatile.Write(ref _firstPosition, first);
        }
    }

    /// <summary>The keeper's: takes out trimmed segments and has the segment after the next frame's ready. False
    /// when there is no space for it.</summary>
    public bool Prepare()
    {
        lock (_changes)
        {
            ulong first = Geometry.SegmentOf(FirstPosition);
            for (ulong? oldest = _table.First; oldest < first; oldest = _table.First)
            {
                _table.Release(oldest.Value);
            }

            while (_table.Next <= Geometry.SegmentOf(NextPosition) + 1)
            {
                ulong start = NextPosition;
                if (!_table.TryAdd(beyondCap: false, zeroed => IsEnough(zeroed, start)))
                {
                    return false;
                }
            }

            return true;
        }
    }

    public void Dispose() => _store.Dispose();

    /// <summary>A file that was written once syncs faster, but writing it costs as much as the frames themselves: it
    /// is worth it only while the disk has far more to give than frames take.</summary>
    private bool IsEnough(long zeroed, ulong start) =>
        _writerWaits || (NextPosition - start) * ZeroesPerFrameByte > (ulong)zeroed;

    /// <summary>Makes sure that the segment is there, for whatever it costs.</summary>
    private void Require(ulong segment)
    {
        if (_table.Has(segment))
        {
            return;
        }

        _writerWaits = true;
        lock (_changes)
        {
            while (!_table.Has(segment))
            {
                if (!_table.TryAdd(beyondCap: true, static _ => true))
                {
                    throw new FileFailure(
                        "reserve", _store.PathOf($"segment {segment}"), "no space, not even for control records");
                }
            }

            _writerWaits = false;
        }
    }

    private void Store(ulong segment, SealedFrame frame)
    {
        try
        {
            _table.Write(segment, OffsetOf(frame.Position), frame.Bytes.Span);
            Failpoint.Hit("I3");
            if (!Mutants.Is(Mutant.JournalNotSynced))
            {
                _table.Sync(segment);
            }

            Failpoint.Hit("I4");
        }
        catch (FileFailure failure) when (IsIgnored(failure))
        {
        }
    }

    /// <summary>Only by planted bugs.</summary>
    private static bool IsIgnored(FileFailure failure) => failure.IsNoSpace
        ? Mutants.Is(Mutant.NoSpaceIgnored)
        : Mutants.Is(Mutant.SyncFailureIgnored);

    private SealedFrame? ReadAt(ulong place)
    {
        ulong segment = Geometry.SegmentOf(place);
        Span<byte> head = stackalloc byte[FrameFormat.HeaderBytes];
        int count = _table.Read(segment, OffsetOf(place), head);
        if (!IsFrameOf(place, head[..count], out FrameHeader header))
        {
            return null;
        }

        AlignedBuffer buffer = AlignedBuffer.Rent(header.Length);
        Span<byte> frame = buffer.Span(header.Length);
        if (_table.Read(segment, OffsetOf(place), frame) < header.Length
            || !IsFrameOf(place, frame, out FrameHeader again)
            || again.Length != header.Length
            || !FrameHeader.IsIntact(frame))
        {
            buffer.Return();
            return null;
        }

        return new SealedFrame(buffer, FrameParser.Parse(frame, header, withRecords: false));
    }

    /// <summary>Length of the good frame that begins here; null: there is none.</summary>
    private int? TryReadAt(ulong place)
    {
        try
        {
            SealedFrame? frame = ReadAt(place);
            frame?.Release();
            return frame?.Length;
        }
        catch (Exception error) when (error is JournalDamagedException or FileFailure { IsUnreadable: true })
        {
            return null;
        }
    }

    /// <summary>Everything up to the next good frame is lost.</summary>
    private FrameCheck DamageAt(ulong place)
    {
        ulong segment = Geometry.SegmentOf(place);
        ulong end = Geometry.StartOf(segment + 1);
        ulong next = place + (ulong)Geometry.Alignment;
        while (next < end && TryReadAt(next) is null)
        {
            next += (ulong)Geometry.Alignment;
        }

        string detail = $"The journal has no good frame at position {place} ({_table.Describe(place)}); the next good "
            + $"one begins {(next < end ? $"at {next}" : "in another file")}.";
        var damage = new JournalDamageFound(_table.NameOf(segment), end, detail);
        return place < FirstPosition
            ? new FrameCheck(FirstPosition, 0, null)
            : new FrameCheck(next, (long)(next - place), damage);
    }

    private bool IsFrameOf(ulong place, ReadOnlySpan<byte> bytes, out FrameHeader header) =>
        FrameHeader.TryRead(bytes, Geometry, out header)
        && header.Place.Position == place
        && header.Place.Generation == _table.GenerationOf(Geometry.SegmentOf(place))
        && OffsetOf(place) + header.Length <= Geometry.SegmentBytes;

    private long OffsetOf(ulong position) => (long)(position % (ulong)Geometry.SegmentBytes);
}
