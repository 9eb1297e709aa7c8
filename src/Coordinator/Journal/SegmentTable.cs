using Millrace.Common.Failpoints;
using Millrace.Common.Files;

namespace Millrace.Coordinator.Journal;

/// <summary>
/// Which file is which segment. Files are used again instead of made anew, because only a file that has been written
/// once syncs fast. Live segments are always a run without holes. Lookups may come from any thread; changes from one
/// at a time.
/// </summary>
internal sealed class SegmentTable
{
    private const int ZeroChunkBytes = 1 << 20;
    private const int ZeroBytesPerSync = 4 << 20;

    private readonly ISegmentStore _store;
    private readonly JournalGeometry _geometry;
    private readonly JournalLimits _limits;
    private readonly Lock _gate = new();
    private readonly SortedDictionary<ulong, LiveSegment> _live = [];
    private readonly Queue<SegmentName> _spares = new();
    private ulong _nextSpare;
    private ulong _nextSegment;
    private uint _nextGeneration = 1;
    private ulong _securedEnd;

    /// <exception cref="JournalDamagedException">A segment is missing, there twice or of the wrong size.</exception>
    public SegmentTable(ISegmentStore store, JournalGeometry geometry, JournalLimits limits)
    {
        _store = store;
        _geometry = geometry;
        _limits = limits;
        foreach (string file in store.List().Order(StringComparer.Ordinal))
        {
            if (SegmentName.Parse(file) is { } name)
            {
                Take(name, file);
            }
        }

        CheckRun();
    }

    /// <summary>Number of the oldest segment; null: there is none.</summary>
    public ulong? First
    {
        get
        {
            lock (_gate)
            {
                return _live.Count == 0 ? null : _live.First().Key;
            }
        }
    }

    /// <summary>Segments below this number have their space, and events may use it. Safe to read from any
    /// thread.</summary>
    public ulong SecuredEnd => Volatile.Read(ref _securedEnd);

    private int Files => _live.Count + _spares.Count;

    /// <summary>The number that the next new segment gets.</summary>
    public ulong Next
    {
        get
        {
            lock (_gate)
            {
                return _nextSegment;
            }
        }
    }

    /// <summary>Numbers the first segment of a journal that has none.</summary>
    public void StartAt(ulong segment)
    {
        lock (_gate)
        {
            if (_live.Count == 0)
            {
                _nextSegment = segment;
                _securedEnd = segment;
            }
        }
    }

    public bool Has(ulong segment)
    {
        lock (_gate)
        {
            return _live.ContainsKey(segment);
        }
    }

    /// <summary>The segment's generation, or the one that it will get; 0, which no frame has, when it is
    /// gone.</summary>
    public uint GenerationOf(ulong segment)
    {
        lock (_gate)
        {
            if (_live.TryGetValue(segment, out LiveSegment live))
            {
                return live.Generation;
            }

            return segment < _nextSegment ? 0 : checked(_nextGeneration + (uint)(segment - _nextSegment));
        }
    }

    /// <summary>Numbers of all live segments at or above this one.</summary>
    public ulong[] From(ulong segment)
    {
        lock (_gate)
        {
            return [.. _live.Keys.Where(number => number >= segment)];
        }
    }

    public int Read(ulong segment, long offset, Span<byte> buffer) => _store.Read(FileOf(segment), offset, buffer);

    public void Write(ulong segment, long offset, ReadOnlySpan<byte> bytes) =>
        _store.Write(FileOf(segment), offset, bytes);

    public void Sync(ulong segment) => _store.Sync(FileOf(segment));

    /// <summary>What is read next of this segment comes from the disk itself, and what was read of the one before makes
    /// room for others.</summary>
    public void ForgetCached(ulong segment)
    {
        foreach (ulong each in From(segment - Math.Min(segment, 1)).Where(s => s <= segment))
        {
            _store.ForgetCached(FileOf(each));
        }
    }

    /// <summary>The segment's file, without its directory.</summary>
    public string NameOf(ulong segment) => FileOf(segment);

    /// <summary>File and byte of a position, for people.</summary>
    public string Describe(ulong position)
    {
        ulong segment = _geometry.SegmentOf(position);
        string file = Has(segment) ? _store.PathOf(FileOf(segment)) : $"no file for segment {segment}";
        return $"{file}, byte {position - _geometry.StartOf(segment)}";
    }

    /// <summary>
    /// Adds one segment, durably. False when there is no space; only here can that happen.
    /// </summary>
    /// <param name="beyondCap">It is for control records: only the disk itself limits them.</param>
    /// <param name="enough">Told how many bytes of a new file have been written with zeros; true: leave it at
    /// that.</param>
    public bool TryAdd(bool beyondCap, Func<long, bool> enough)
    {
        ulong secured = SecuredEnd;
        bool forEvents = _spares.Count > 0 || MayGrow();
        if (!forEvents && !beyondCap)
        {
            return false;
        }

        LiveSegment live = new(_nextGeneration, new SegmentName(SegmentKind.Live, Next, _nextGeneration).ToString());
        try
        {
            if (_spares.Count == 0)
            {
                MakeSpare(forEvents, enough);
            }

            _store.Rename(_spares.Peek().ToString(), live.File);
        }
        catch (FileFailure failure) when (failure.IsNoSpace)
        {
            Volatile.Write(ref _securedEnd, secured);
            return false;
        }

        if (!Mutants.Is(Mutant.DirectoryNotSynced))
        {
            _store.SyncDirectory();
        }

        lock (_gate)
        {
            _spares.Dequeue();
            _live.Add(_nextSegment, live);
            _nextSegment++;
            _nextGeneration = checked(_nextGeneration + 1);
            Volatile.Write(ref _securedEnd, forEvents ? _nextSegment : secured);
        }

        return true;
    }

    /// <summary>Takes a segment out of the journal, durably. The lowest and the highest only.</summary>
    public void Release(ulong segment)
    {
        LiveSegment live;
        lock (_gate)
        {
            live = _live[segment];
            _live.Remove(segment);
            if (segment + 1 == _nextSegment)
            {
                _nextSegment = segment;
                Volatile.Write(ref _securedEnd, segment);
            }
        }

        if (_spares.Count >= _limits.Spares || !IsWithinCap(Files + 1) || !TryKeep(live))
        {
            _store.Delete(live.File);
        }

        _store.SyncDirectory();
    }

    private bool TryKeep(in LiveSegment released)
    {
        try
        {
            SegmentName spare = new(SegmentKind.Spare, _nextSpare, released.Generation);
            _store.Rename(released.File, spare.ToString());
            _spares.Enqueue(spare);
            _nextSpare++;
            return true;
        }
        catch (FileFailure failure) when (failure.IsNoSpace)
        {
            return false;
        }
    }

    private void Take(SegmentName name, string file)
    {
        bool whole = _store.LengthOf(file) == _geometry.SegmentBytes;
        _nextGeneration = Math.Max(_nextGeneration, checked(name.Generation + 1));
        if (name.Kind == SegmentKind.Live)
        {
            if (!whole || file != name.ToString() || !_live.TryAdd(name.Number, new LiveSegment(name.Generation, file)))
            {
                throw new JournalDamagedException(
                    $"The journal's file {_store.PathOf(file)} has a wrong size or name, "
                    + "or its segment is there twice.");
            }
        }
        else if (name.Kind == SegmentKind.Spare && whole && file == name.ToString())
        {
            _spares.Enqueue(name);
            _nextSpare = Math.Max(_nextSpare, name.Number + 1);
        }
        else
        {
            _store.Delete(file);
        }
    }

    private void CheckRun()
    {
        ulong? expected = null;
        foreach (ulong number in _live.Keys)
        {
            if (expected is { } missing && number != missing)
            {
                throw new JournalDamagedException(
                    $"The journal's segment {missing} (positions from {_geometry.StartOf(missing)}) is missing: "
                    + $"there are segments before it, and {_store.PathOf(_live[number].File)} after it.");
            }

            expected = number + 1;
        }

        _nextSegment = expected ?? 0;
        _securedEnd = expected is { } next && !IsWithinCap(Files) ? next - 1 : _nextSegment;
    }

    private bool IsWithinCap(int files) => files * _geometry.SegmentBytes <= _limits.MaxBytes;

    private bool MayGrow() =>
        IsWithinCap(Files + 1) && _store.FreeBytes >= _geometry.SegmentBytes + _limits.MinFreeBytes;

    private void MakeSpare(bool forEvents, Func<long, bool> enough)
    {
        SegmentName unfinished = new(SegmentKind.Unfinished, _nextSpare, 0);
        string file = unfinished.ToString();
        _store.Create(file, _geometry.SegmentBytes);
        if (forEvents)
        {
            Volatile.Write(ref _securedEnd, Next + 1);
        }

        SegmentName spare = unfinished with { Kind = SegmentKind.Spare };
        try
        {
            WriteOnce(file, enough);
            _store.Rename(file, spare.ToString());
        }
        catch (FileFailure failure) when (failure.IsNoSpace)
        {
            // A file system that makes copies when it writes: the reservation was worth nothing.
            _store.Delete(file);
            throw;
        }

        _spares.Enqueue(spare);
        _nextSpare++;
    }

    private void WriteOnce(string file, Func<long, bool> enough)
    {
        int chunk = (int)Math.Min(ZeroChunkBytes, _geometry.SegmentBytes);
        AlignedBuffer zeros = AlignedBuffer.Rent(chunk);
        zeros.Span(chunk).Clear();
        for (long at = 0; at < _geometry.SegmentBytes && !enough(at); at += chunk)
        {
            int count = (int)Math.Min(chunk, _geometry.SegmentBytes - at);
            _store.Write(file, at, zeros.Span(count));
            if ((at + count) % ZeroBytesPerSync == 0)
            {
                // Little by little, so that a frame's sync beside it never waits for a whole segment of zeros.
                _store.Sync(file);
            }
        }

        zeros.Return();
        _store.Sync(file);
    }

    private string FileOf(ulong segment)
    {
        lock (_gate)
        {
            return _live.TryGetValue(segment, out LiveSegment live)
                ? live.File
                : throw new FileFailure("open", _store.PathOf($"segment {segment}"), "it is not part of the journal");
        }
    }

    private readonly record struct LiveSegment(uint Generation, string File);
}
