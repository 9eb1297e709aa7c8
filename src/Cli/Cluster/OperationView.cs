using System.Globalization;
using Millrace.Cli.Output;
using Millrace.Cli.Running;
using Millrace.Client;
using Millrace.Protocol.Admin.V1;

namespace Millrace.Cli.Cluster;

/// <summary>Shows operations and waits for them.</summary>
internal static class OperationView
{
    private static readonly TimeSpan _look = TimeSpan.FromMilliseconds(500);

    /// <summary>Says what was started, or follows it to its end.</summary>
    /// <returns>The exit code.</returns>
    public static async Task<int> ReportAsync(
        Session session, Operation operation, bool wait, int timeout, CancellationToken cancellation)
    {
        if (!wait || operation.Done)
        {
            session.Print(operation, terminal => terminal.Out.WriteLine(Line(operation)));
            return ExitOf(operation);
        }

        return await FollowAsync(session, operation.Name, timeout, cancellation).ConfigureAwait(false);
    }

    /// <exception cref="FailureException">It was not over in time.</exception>
    public static async Task<int> FollowAsync(
        Session session, string name, int timeout, CancellationToken cancellation)
    {
        long start = session.Time.GetTimestamp();
        using var progress = new ProgressLine(session.Terminal, ResourceNames.Short(name), session.Time);
        while (true)
        {
            Operation now = (await session.Client.Admin.WaitOperationAsync(name, _look, cancellation)
                .ConfigureAwait(false)).Operation;
            if (now.Done)
            {
                progress.Dispose();
                session.Print(now, terminal => terminal.Out.WriteLine(Line(now)));
                return ExitOf(now);
            }

            progress.Report(now.Metadata.ProgressRatio, Steps(now));
            if (session.Time.GetElapsedTime(start) >= TimeSpan.FromSeconds(Math.Max(0, timeout)))
            {
                progress.Dispose();
                throw new FailureException(new Failure(
                    $"{ResourceNames.Short(now.Name)} is not over after {timeout} s",
                    "it goes on; " + Steps(now),
                    $"`millrace operations wait {ResourceNames.Short(now.Name)}`",
                    "WAIT_TIMEOUT",
                    ExitCode.TimedOut));
            }
        }
    }

    /// <summary>For example "op-7  DRAIN_WORKER w-2  RUNNING  1/2 moved".</summary>
    public static string Line(Operation operation)
    {
        ChangeMetadata metadata = operation.Metadata;
        string why = operation.Error is { } error ? $": {error.Message} ({error.Reason})" : "";
        string step = metadata.CurrentStep.Length > 0 ? $", now {metadata.CurrentStep}" : "";
        return $"{ResourceNames.Short(operation.Name)}  {Humane.Word(metadata.Verb)} {Target(metadata)}  "
            + $"{Humane.Word(metadata.Phase)}  {Steps(operation)} moved{why}{step}";
    }

    /// <summary>Without the collections that the name says anyway.</summary>
    public static string Target(ChangeMetadata metadata) =>
        metadata.Verb is OperationVerb.DrainWorker or OperationVerb.ApplyPlan
            ? ResourceNames.Short(metadata.Target)
            : metadata.Target.Replace("jobs/", "", StringComparison.Ordinal)
                .Replace("/assignments/", "/", StringComparison.Ordinal);

    public static string Steps(Operation operation) => string.Create(
        CultureInfo.InvariantCulture, $"{operation.Metadata.StepsDone}/{operation.Metadata.StepsTotal}");

    private static int ExitOf(Operation operation) => operation.Metadata.Phase switch
    {
        OperationPhase.Failed or OperationPhase.Cancelled => ExitCode.Failed,
        _ => ExitCode.Done,
    };
}
