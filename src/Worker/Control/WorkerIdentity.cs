namespace Millrace.Worker.Control;

/// <summary>Who this worker is.</summary>
/// <param name="Name">Stable across restarts.</param>
/// <param name="Incarnation">One life of the process; never 0.</param>
/// <param name="MaxAssignments">The most tasks that it takes; 0: no limit of its own.</param>
/// <param name="Operators">What it can run.</param>
internal sealed record WorkerIdentity(
    string Name, ulong Incarnation, int MaxAssignments, IReadOnlyList<string> Operators)
{
    /// <summary>What placement may go by.</summary>
    public IReadOnlyDictionary<string, string> Labels { get; init; } = new Dictionary<string, string>();

    /// <summary>Milliseconds, then bits of the process id: two lives of a worker never share it, and it stays below
    /// 2^53.</summary>
    public static ulong NewIncarnation(TimeProvider time) =>
        ((ulong)time.GetUtcNow().ToUnixTimeMilliseconds() << 10) | ((ulong)Environment.ProcessId & 0x3FF);

    /// <summary>Language and version of the library.</summary>
    public string Sdk { get; } = $"dotnet/{typeof(WorkerIdentity).Assembly.GetName().Version?.ToString(3)}";
}
