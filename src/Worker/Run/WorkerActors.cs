namespace Millrace.Worker.Run;

/// <summary>Who carries out what the worker's machine decides.</summary>
internal sealed record WorkerActors(RunLoops Loops, Restorer Restorer, IBlockSource Blocks, IControlLink Link);
