namespace Millrace.Coordinator.Core.Intake;

/// <summary>One of those who share a <see cref="WaitingLine{T}"/>: where its share ends in the line's virtual
/// time.</summary>
internal sealed class IntakeFlow
{
    public long Finish { get; set; }
}
