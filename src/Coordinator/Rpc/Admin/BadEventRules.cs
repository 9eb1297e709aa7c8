using Millrace.Common.Model;
using Millrace.Coordinator.Core.DeadLetters;
using Proto = Millrace.Protocol.Admin.V1;

namespace Millrace.Coordinator.Rpc.Admin;

/// <summary>Reads what is to become of bad events.</summary>
internal static class BadEventRules
{
    /// <param name="fields">What the field's name begins with.</param>
    /// <returns>Null: not said.</returns>
    /// <exception cref="RefusalException">BAD_FIELD.</exception>
    public static BadEventRule? Read(Proto.BadEventPolicy policy, bool parkKeys, string fields)
    {
        if (!Enum.IsDefined(policy))
        {
            throw new RefusalException(Refusal.BadField(
                fields + "bad_event_policy", "bad_event_policy must be fail, skip or quarantine."));
        }

        if (parkKeys && policy != Proto.BadEventPolicy.Quarantine)
        {
            throw new RefusalException(Refusal.BadField(
                fields + "park_keys", "Keys can only be parked with bad_event_policy quarantine."));
        }

        return policy == Proto.BadEventPolicy.Unspecified
            ? null
            : new BadEventRule((BadEventPolicy)policy, parkKeys);
    }
}
