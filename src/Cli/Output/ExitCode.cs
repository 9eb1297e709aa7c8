using Millrace.Common.Model;

namespace Millrace.Cli.Output;

/// <summary>What the command says to the shell.</summary>
internal static class ExitCode
{
    public const int Done = 0;
    public const int Failed = 1;
    public const int Usage = 2;
    public const int NotFound = 3;
    public const int Conflict = 4;
    public const int NotAllowed = 5;
    public const int Unreachable = 6;
    public const int TimedOut = 7;
    public const int Interrupted = 130;

    public static int Of(Refusal refusal) => refusal.Reason switch
    {
        "NOT_ALLOWED" => NotAllowed,
        _ => refusal.Kind switch
        {
            RefusalKind.InvalidArgument => Usage,
            RefusalKind.NotFound => NotFound,
            RefusalKind.AlreadyExists or RefusalKind.FailedPrecondition or RefusalKind.Aborted
                or RefusalKind.ResourceExhausted or RefusalKind.OutOfRange => Conflict,
            RefusalKind.Unavailable => Unreachable,
            RefusalKind.DeadlineExceeded => TimedOut,
            _ => Failed,
        },
    };
}
