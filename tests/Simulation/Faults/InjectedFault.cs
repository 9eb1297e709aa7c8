namespace Millrace.Simulation.Faults;

/// <summary>A fault that happened.</summary>
/// <param name="Number">Its number in the run, from 1; those that were left out have numbers too.</param>
/// <param name="AtUs">When, in true time.</param>
internal sealed record InjectedFault(int Number, FaultKind Kind, long AtUs);
