namespace Millrace.Chaos.Injection;

/// <summary>Where a worker runs.</summary>
/// <param name="Through">The address that it is told to be the coordinator's.</param>
/// <param name="Prefix">A command that becomes the worker; empty: none.</param>
internal sealed record WorkerPlace(string Through, IReadOnlyList<string> Prefix);
