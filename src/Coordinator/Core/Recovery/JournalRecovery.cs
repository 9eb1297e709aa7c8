using Millrace.Common.Failpoints;

namespace Millrace.Coordinator.Core.Recovery;

/// <summary>
/// Walks the frames after a control snapshot and decides where the journal ends: at a torn tail, which may be cut
/// because nobody was told of it, or at damage below a durable mark, which refuses the start because acknowledged
/// data is in it.
/// </summary>
internal sealed class JournalRecovery
{
    private readonly IFrameSource _source;
    private readonly ulong _from;
    private ulong _end;
    private ulong _mark;
    private ulong _incarnation;
    private bool _skipNext;

    /// <param name="from">Position of the control snapshot, an end of a frame that was durable; 0: none.</param>
    public JournalRecovery(IFrameSource source, ulong from)
    {
        _source = source;
        _from = from;
        _mark = from;
        _skipNext = from > 0 && Mutants.Is(Mutant.ReplayFromPositionPlusOne);
        _end = WalkStart();
    }

    /// <summary>Set once <see cref="Next"/> has returned null, unless there is a <see cref="Refusal"/>.</summary>
    public RecoveredEnd? Outcome { get; private set; }

    /// <summary>Why the journal must not be used: says what is wrong, in which file and where.</summary>
    public string? Refusal { get; private set; }

    /// <summary>The next frame at or above the snapshot's position; null at the end or when refused.</summary>
    public FrameFacts? Next()
    {
        while (Outcome is null && Refusal is null)
        {
            ulong place = _source.PlaceAfter(_end);
            if (TakeFrame(place) is not { } head)
            {
                continue;
            }

            _end = head.End;
            _mark = Math.Max(_mark, head.DurableEnd);
            _incarnation = Math.Max(_incarnation, head.Incarnation);
            if (head.Position < _from)
            {
                Refusal = head.End > _from ? $"The control snapshot's position {_from} is inside a frame" : null;
            }
            else if (_skipNext)
            {
                _skipNext = false;
            }
            else
            {
                return _source.Facts(place);
            }
        }

        return null;
    }

    /// <summary>Where to begin, so that the walk proves that the journal reaches the snapshot's position.</summary>
    private ulong WalkStart()
    {
        if (_source.First is not { } first)
        {
            Refusal = _from == 0 ? null : $"The control snapshot is of position {_from}, but there is no journal";
            return _from;
        }

        ulong start = _from == 0 ? 0 : _source.SegmentStart(_from - 1);
        if (first > start)
        {
            start = _from;
        }

        if (first > _source.PlaceAfter(start))
        {
            Refusal = $"The journal from position {_from} on is needed, but its oldest segment starts at {first}";
        }

        return start;
    }

    /// <summary>The header of the good frame at this place; when there is none, decides what that means.</summary>
    private FrameHead? TakeFrame(ulong place)
    {
        if (!_source.Has(place))
        {
            EndAt(place, torn: false);
            return null;
        }

        if (_source.Peek(place) is not { } head)
        {
            EndAt(place, torn: false);
            return null;
        }

        if (!BelongsTo(head, place))
        {
            RefuseMisplaced(head, place);
            EndAt(place, torn: false);
            return null;
        }

        if (!_source.Verify(place))
        {
            EndAt(place, torn: true);
            return null;
        }

        if (head.Version > _source.NewestVersion)
        {
            RefuseVersion(head, place);
            return null;
        }

        if (Mutants.Is(Mutant.StaleFrameOfRecycledSegmentAccepted))
        {
            return head with { Position = place, End = place + (head.End - head.Position) };
        }

        return head;
    }

    /// <summary>A file's earlier use leaves good frames behind that are not part of the journal any more.</summary>
    private bool BelongsTo(in FrameHead head, ulong place) =>
        Mutants.Is(Mutant.StaleFrameOfRecycledSegmentAccepted)
        || (head.Position == place
            && head.Generation == _source.GenerationAt(place)
            && head.Incarnation >= _incarnation
            && head.DurableEnd <= head.Position);

    private void EndAt(ulong place, bool torn)
    {
        ulong cutEnd = place;
        if (!Mutants.Is(Mutant.DamageBelowMarkCutAsTornTail))
        {
            LookAbove(place, ref cutEnd);
            if (Refusal is null && _end < _from)
            {
                Refusal = $"The journal is damaged at position {place} ({_source.Describe(place)}): "
                    + $"a control snapshot proves that it was durable up to {_from}";
            }
        }

        if (Refusal is null)
        {
            Outcome = new RecoveredEnd(_end, _mark, cutEnd, torn || cutEnd > place, _incarnation);
        }
    }

    /// <summary>Looks for proof, anywhere above, that what is missing at this place was durable.</summary>
    private void LookAbove(ulong place, ref ulong cutEnd)
    {
        bool segmentThere = _source.Has(place);
        foreach (ulong above in _source.PlacesAbove(place))
        {
            if (!segmentThere)
            {
                Refusal ??= $"The segment of position {place} is missing, but a later one is there: "
                    + _source.Describe(above);
            }

            if (Refusal is not null)
            {
                return;
            }

            if (_source.Peek(above) is not { } head)
            {
                continue;
            }

            if (!BelongsTo(head, above))
            {
                RefuseMisplaced(head, above);
            }
            else if (_source.Verify(above))
            {
                cutEnd = head.End;
                RefuseVersion(head, above);
                if (head.DurableEnd > place)
                {
                    Refusal = $"The journal is damaged at position {place} ({_source.Describe(place)}): a frame at "
                        + $"position {above} ({_source.Describe(above)}) proves that it was durable up to "
                        + $"{head.DurableEnd}";
                }
            }
        }
    }

    /// <summary>
    /// A file that is used again holds frames of lower positions, whose segments are gone. A frame of a higher
    /// position, or one of a segment that is there under the frame's own generation, was put here by somebody.
    /// </summary>
    private void RefuseMisplaced(in FrameHead head, ulong place)
    {
        bool elsewhere = head.Position > place
            || (head.Position < place
                && _source.Has(head.Position)
                && _source.GenerationAt(head.Position) == head.Generation);
        if (elsewhere && _source.Verify(place))
        {
            Refusal ??= $"The frame of position {head.Position} lies where position {place} belongs "
                + $"({_source.Describe(place)}): segment files have been swapped or renamed";
        }
    }

    private void RefuseVersion(in FrameHead head, ulong place)
    {
        if (head.Version > _source.NewestVersion)
        {
            Refusal ??= $"The frame at position {place} ({_source.Describe(place)}) is of format version "
                + $"{head.Version}, and this program reads versions up to {_source.NewestVersion}: use the newer one";
        }
    }
}
