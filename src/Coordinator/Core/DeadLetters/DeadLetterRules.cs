using Millrace.Coordinator.Core.Recovery;

namespace Millrace.Coordinator.Core.DeadLetters;

/// <summary>What records about bad events change.</summary>
internal static class DeadLetterRules
{
    /// <exception cref="StateException">The record contradicts what came before, or there is no rule for
    /// it.</exception>
    public static void Apply(CoordinatorState state, ControlRecord record)
    {
        state.DeadLetters.Apply(record);
        switch (record)
        {
            case BadEventRuleChanged changed:
                state.Jobs.Apply(changed);
                state.Answer(changed.Request, "job", changed.Name, changed.UnixMs);
                break;
            case KeyReleased released:
                state.Answer(released.Request, "job", released.Name, released.UnixMs);
                break;
            case DeadLetterClosed closed:
                state.Answer(closed.Request, "dead-letter", $"{closed.Letter}", closed.UnixMs);
                break;
        }
    }
}
