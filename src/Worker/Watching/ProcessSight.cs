using Millrace.Protocol.Worker.V1;

namespace Millrace.Worker.Watching;

/// <summary>What a process is seen to be doing.</summary>
/// <param name="ExitCode">128 and the signal's number for a signal; null: not known, or it has not ended.</param>
internal readonly record struct ProcessSight(ProcessState State, int? ExitCode = null)
{
    public static ProcessSight Gone { get; } = new(ProcessState.Gone);
}
