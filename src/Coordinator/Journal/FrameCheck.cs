using Millrace.Coordinator.Core.Incidents;

namespace Millrace.Coordinator.Journal;

/// <summary>What was found where a frame must be.</summary>
/// <param name="Next">Where to look on.</param>
/// <param name="Bytes">How much was read.</param>
/// <param name="Damage">Null: it is as it was written.</param>
internal readonly record struct FrameCheck(ulong Next, long Bytes, JournalDamageFound? Damage);
