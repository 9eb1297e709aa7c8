using System.CommandLine;
using System.Globalization;
using Millrace.Cli.Output;
using Millrace.Cli.Running;
using Millrace.Client;
using Millrace.Protocol.Admin.V1;

namespace Millrace.Cli.Cluster;

/// <summary>How a command line names one partition of a job: JOB PART, as `millrace partitions list` shows
/// them.</summary>
internal sealed class AssignmentName
{
    public Argument<string> Job { get; } = new("JOB") { Description = "The job." };

    public Argument<string> Part { get; } = new("PART")
    {
        Description = "The partition, as p3 or 3.",
    };

    /// <summary>The assignment as the cluster has it now.</summary>
    /// <exception cref="FailureException">There is none of that name.</exception>
    public async Task<Assignment> FindAsync(Session session, CancellationToken cancellation)
    {
        string job = session.Arguments.GetRequiredValue(Job);
        string part = session.Arguments.GetRequiredValue(Part);
        ListAssignmentsResponse all = await session.Client.Admin.ListAssignmentsAsync(job, "", cancellation)
            .ConfigureAwait(false);
        bool isNumber = uint.TryParse(
            part.AsSpan(part.StartsWith('p') ? 1 : 0), NumberStyles.None, CultureInfo.InvariantCulture, out uint index);
        return all.Assignments.FirstOrDefault(a => isNumber && a.PartitionIndex == index)
            ?? throw new FailureException(new Failure(
                $"job {ResourceNames.Short(job)} has no partition {part}",
                $"it has {all.Assignments.Count}, counted from p0",
                $"`millrace partitions list {ResourceNames.Short(job)}`",
                "NO_SUCH_ASSIGNMENT",
                ExitCode.NotFound));
    }
}
