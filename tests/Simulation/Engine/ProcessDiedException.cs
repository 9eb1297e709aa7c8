namespace Millrace.Simulation.Engine;

/// <summary>The process whose step is running dies here and now, in the middle of the step.</summary>
internal sealed class ProcessDiedException(string why) : Exception(why);
