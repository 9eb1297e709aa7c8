using Millrace.Coordinator.Core.Incidents;

namespace Millrace.Coordinator.Scrub;

/// <summary>Something on the disk that can be looked over piece by piece.</summary>
internal interface IScrubbed
{
    /// <summary>Reads all of it, a piece at each step. What goes away meanwhile is passed over.</summary>
    IEnumerable<ScrubPiece> Pass();
}

/// <summary>What one step of a pass has read.</summary>
/// <param name="Damage">Null: it is as it was written, as far as is known yet.</param>
internal readonly record struct ScrubPiece(long Bytes, DamageFound? Damage = null);
