using Millrace.Common.Model;

namespace Millrace.Worker.Core.Tasks;

/// <summary>
/// How a task goes through events among which one may take the process down: a few at a time, each time by leave of the
/// coordinator, which so knows what was being applied when a process ends. Leave is for events that there are, in
/// however many blocks they come; it is given back when they are applied, or at one that waits for a verdict.
/// </summary>
internal sealed class CarefulSteps
{
    private ulong? _asked;
    private ulong? _forbidden;
    private ulong? _until;

    /// <summary>It needs no leave any more. What it gets in answer to something that it said before is to be given back
    /// at once: others wait for it.</summary>
    public bool IsOver { get; private set; }

    /// <summary>How many of the next events may be looked at now.</summary>
    /// <param name="next">Offset of the first of them.</param>
    public ulong Free(ulong next, ulong wanted) =>
        IsOver ? wanted
        : Forbids(next) ? 1
        : _until > next ? Math.Min(wanted, _until.Value - next)
        : 0;

    /// <summary>The event may not be applied, whatever it is.</summary>
    public bool Forbids(ulong offset) => _forbidden == offset;

    /// <summary>The coordinator gives leave. False: to something that is not wanted any more.</summary>
    public bool Take(Allowance leave)
    {
        IsOver |= leave.Count == Allowance.All;
        bool isWanted = IsOver ? leave.Count is 0 or Allowance.All : leave.Offset == _asked;
        if (!isWanted)
        {
            return false;
        }

        _asked = null;
        _forbidden = leave.Count == 0 ? leave.Offset : null;
        _until = leave.Count > 0 ? leave.Offset + leave.Count : null;
        return true;
    }

    /// <summary>A block was applied as far as is possible now.</summary>
    /// <param name="next">Offset of the first event that is not applied.</param>
    /// <returns>What the coordinator is to be told; null: nothing.</returns>
    public Trial? After(ulong next, ApplyOutcome outcome)
    {
        bool waits = outcome == ApplyOutcome.NeedsLeave;
        bool givesBack = next >= _until || (_until is not null && outcome == ApplyOutcome.Poisoned);
        if (waits)
        {
            _asked = next;
        }

        if (waits || givesBack)
        {
            _until = null;
        }

        return (waits || givesBack) && !IsOver ? new Trial(next, waits) : null;
    }
}
