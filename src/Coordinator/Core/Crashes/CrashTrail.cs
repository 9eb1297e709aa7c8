using Millrace.Common.Model;

namespace Millrace.Coordinator.Core.Crashes;

/// <summary>
/// What is known of one task's owners that ended without a word, and which of its events may be why. Suspicion narrows
/// from everything that is not committed to a few events and to one, and only an event during which alone several
/// owners in a row have ended is taken for the reason. Live only: a coordinator that starts finds it out anew.
/// </summary>
internal sealed class CrashTrail
{
    /// <summary>So many owners in a row must end without a commit in between before care is taken.</summary>
    public const int DeathsToSuspect = 3;

    /// <summary>So many owners in a row must end during the same single event before it is not applied any
    /// more.</summary>
    public const int DeathsToForbid = 3;

    /// <summary>Events of one leave while nothing more is known.</summary>
    public const uint WideStep = 256;

    /// <summary>A leave during which an owner has ended is tried again in steps that are so many times
    /// shorter.</summary>
    private const uint Narrower = 16;

    private ulong _committed;
    private int _deaths;
    private ulong _end;
    private ulong _narrowFrom;
    private ulong _narrowUntil;
    private uint _step;
    private int _eventDeaths;
    private bool _isThrough;

    /// <summary>Its events are applied by leave.</summary>
    public bool IsCareful { get; private set; }

    /// <summary>It has not come to the end of what is suspected.</summary>
    public bool IsOpen => IsCareful && !_isThrough && Forbidden is null;

    /// <summary>The event that is not to be applied; null: none.</summary>
    public ulong? Forbidden => IsCareful && _narrowUntil > _narrowFrom && _step == 0 ? _narrowFrom : null;

    /// <summary>An owner has ended, and nobody knows what it was doing.</summary>
    /// <param name="committed">Offset of the first event that no commit includes.</param>
    /// <param name="end">Offset after the last event that there is.</param>
    public void Died(ulong committed, ulong end)
    {
        _deaths = committed == _committed && committed < end ? _deaths + 1 : 1;
        _committed = committed;
        if (_deaths >= DeathsToSuspect)
        {
            Suspect(committed, end);
        }
    }

    /// <summary>Everything that there is and that is not committed is suspected.</summary>
    public void Suspect(ulong committed, ulong end)
    {
        if (committed < end)
        {
            IsCareful = true;
            _end = end;
            _isThrough = false;
        }
    }

    /// <summary>An owner has ended while it had this leave, and while none of its other tasks could be why.</summary>
    public void DiedOf(Allowance leave)
    {
        if (leave.Count > 1)
        {
            _eventDeaths = 0;
            _step = Math.Max(1, leave.Count / Narrower);
        }
        else
        {
            bool isSame = _narrowFrom == leave.Offset && _narrowUntil == leave.Offset + 1;
            _eventDeaths = isSame ? _eventDeaths + 1 : 1;
            _step = _eventDeaths >= DeathsToForbid ? 0u : 1;
        }

        _narrowFrom = leave.Offset;
        _narrowUntil = leave.Offset + leave.Count;
    }

    /// <summary>An owner lives and has applied everything before this offset.</summary>
    /// <param name="mayEnd">No other task of the owner is in need of this one's care.</param>
    public void CameTo(ulong offset, bool mayEnd)
    {
        if (offset >= _narrowUntil)
        {
            _narrowFrom = _narrowUntil = 0;
        }

        _isThrough |= offset >= _end;
        if (_isThrough && mayEnd)
        {
            IsCareful = false;
            _deaths = 0;
        }
    }

    /// <summary>What an owner that has come to this offset, and has something to apply, may apply.</summary>
    /// <param name="end">Offset after the last event that there is: leave for others would not be used up, and nobody
    /// else would get any.</param>
    public Allowance LeaveAt(ulong offset, ulong end) => new(
        offset,
        !IsCareful ? Allowance.All
        : offset >= _narrowUntil ? (uint)Math.Clamp(end - offset, 1, WideStep)
        : offset < _narrowFrom ? (uint)Math.Min(WideStep, _narrowFrom - offset)
        : (uint)Math.Min(_step, _narrowUntil - offset));
}
