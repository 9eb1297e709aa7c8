namespace Millrace.Cli.Output;

/// <summary>A failure on its way to the one place that prints it.</summary>
internal sealed class FailureException(Failure failure) : Exception(failure.What)
{
    public Failure Failure { get; } = failure;
}
