using Millrace.Common.Model;
using Millrace.Coordinator.Core.Membership;

namespace Millrace.Coordinator.Core;

/// <summary>The handling of one input: what time it is and what comes of it. One instance per machine, begun anew each
/// time.</summary>
internal sealed class Turn(CoordinatorState state, CoordinatorPolicy policy)
{
    private List<Effect> _effects = [];
    private ulong _openPosition;
    private ulong _recordsInFrame;

    public CoordinatorState State { get; } = state;

    public CoordinatorPolicy Policy { get; } = policy;

    public Now Now { get; private set; }

    /// <summary>A number for the next record that no other record ever gets: records are longer than one byte, so that
    /// the frame's position plus the record's index stays below the next frame's position.</summary>
    public ulong NextRecordPosition => _openPosition + _recordsInFrame;

    public void Begin(Now now, ulong openPosition, List<Effect> effects)
    {
        if (openPosition != _openPosition)
        {
            _openPosition = openPosition;
            _recordsInFrame = 0;
        }

        Now = now;
        _effects = effects;
    }

    /// <summary>Decides: applies the record and has it appended. There is no other way to change durable
    /// state.</summary>
    public void Record(ControlRecord record)
    {
        State.Apply(record);
        _recordsInFrame++;
        _effects.Add(new AppendRecord(record));
    }

    public void Raise(EventLevel level, string reason, string subject, string message) =>
        Record(new EventRaised(level, reason, subject, message, Now.UnixMs));

    public void Emit(Effect effect) => _effects.Add(effect);

    public void Reply(long call, object result) => _effects.Add(new Reply(call, result));

    public void Tell(Member member, ToWorker message) =>
        _effects.Add(new Tell(member.Name, member.Session, message));
}
