using System.CommandLine;
using Millrace.Cli.Running;
using Millrace.Protocol.Admin.V1;

namespace Millrace.Cli.Cluster;

/// <summary>How a command that starts an operation goes on: it says what it started, or follows it to its
/// end.</summary>
internal sealed class FollowOptions
{
    public Option<bool> Wait { get; } = new("--wait", "-w")
    {
        Description = "Show progress and come back when it is over.",
    };

    public Option<int> Timeout { get; } = TimeoutOption();

    public static Option<int> TimeoutOption() => new("--timeout")
    {
        Description = "The longest wait, in seconds; the operation goes on after it.",
        DefaultValueFactory = _ => 300,
        HelpName = "SECONDS",
    };

    /// <returns>The exit code.</returns>
    public Task<int> ReportAsync(Session session, Operation operation, CancellationToken cancellation) =>
        OperationView.ReportAsync(
            session,
            operation,
            session.Arguments.GetValue(Wait),
            session.Arguments.GetValue(Timeout),
            cancellation);
}
