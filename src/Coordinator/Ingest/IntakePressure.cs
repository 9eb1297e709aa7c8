namespace Millrace.Coordinator.Ingest;

/// <summary>How full an <see cref="IntakeGate"/> is.</summary>
/// <param name="Inside">In the gate's unit.</param>
/// <param name="Waiting">How many wait.</param>
/// <param name="QueueTime">How long the one has waited that waits longest.</param>
/// <param name="Refused">How many were turned away since the coordinator started.</param>
internal readonly record struct IntakePressure(
    long Inside, long Capacity, int Waiting, TimeSpan QueueTime, ulong Refused);
