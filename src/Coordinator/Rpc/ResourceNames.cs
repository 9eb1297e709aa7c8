using System.Globalization;
using Millrace.Common.Model;
using Millrace.Coordinator.Core.Operations;

namespace Millrace.Coordinator.Rpc;

/// <summary>The names by which the admin services call things, and back.</summary>
internal static class ResourceNames
{
    private const string OperationPrefix = "operations/op-";
    private const string DeadLetterPrefix = "deadLetters/";
    private const string IncidentPrefix = "incidents/";
    private const string PlanPrefix = "plans/plan-";

    public static string Worker(string name) => name.Length == 0 ? "" : "workers/" + name;

    public static string Topic(string name) => "topics/" + name;

    public static string Partition(string topic, int index) =>
        string.Create(CultureInfo.InvariantCulture, $"topics/{topic}/partitions/{index}");

    public static string Job(string name) => "jobs/" + name;

    public static string Assignment(string job, string stage, int index) =>
        string.Create(CultureInfo.InvariantCulture, $"jobs/{job}/assignments/{stage}-{index}");

    public static string Operation(string name) => "operations/" + name;

    /// <summary>The number of "operations/op-NUMBER".</summary>
    /// <exception cref="RefusalException">BAD_NAME.</exception>
    public static ulong ParseOperation(string name, string field) => ParseNumber(OperationPrefix, name, field);

    public static string DeadLetter(ulong number) =>
        string.Create(CultureInfo.InvariantCulture, $"{DeadLetterPrefix}{number}");

    /// <summary>The number of "deadLetters/NUMBER".</summary>
    /// <exception cref="RefusalException">BAD_NAME.</exception>
    public static ulong ParseDeadLetter(string name, string field) => ParseNumber(DeadLetterPrefix, name, field);

    public static string Incident(ulong number) =>
        string.Create(CultureInfo.InvariantCulture, $"{IncidentPrefix}{number}");

    /// <summary>The number of "incidents/NUMBER".</summary>
    /// <exception cref="RefusalException">BAD_NAME.</exception>
    public static ulong ParseIncident(string name, string field) => ParseNumber(IncidentPrefix, name, field);

    public static string Plan(string name) => "plans/" + name;

    /// <summary>The number of "plans/plan-NUMBER".</summary>
    /// <exception cref="RefusalException">BAD_NAME.</exception>
    public static ulong ParsePlan(string name, string field) => ParseNumber(PlanPrefix, name, field);

    /// <summary>The parts of "topics/TOPIC/partitions/INDEX".</summary>
    /// <exception cref="RefusalException">BAD_NAME.</exception>
    public static (string Topic, int Index) ParsePartition(string name, string field)
    {
        string[] parts = name.Length > 2 * Names.MaxLength ? [] : name.Split('/');
        return parts is ["topics", var topic, "partitions", var number]
            && Names.Check(topic, field) is null
            && int.TryParse(number, NumberStyles.None, CultureInfo.InvariantCulture, out int index)
                ? (topic, index)
                : throw new RefusalException(Refusal.BadField(
                    field, $"{field} must look like topics/TOPIC/partitions/INDEX.", "BAD_NAME"));
    }

    /// <summary>The parts of "jobs/JOB/assignments/STAGE-INDEX".</summary>
    /// <exception cref="RefusalException">BAD_NAME.</exception>
    public static TaskName ParseAssignment(string name, string field)
    {
        string[] parts = name.Length > 3 * Names.MaxLength ? [] : name.Split('/');
        if (parts is ["jobs", var job, "assignments", var task]
            && task.LastIndexOf('-') is > 0 and var dash
            && int.TryParse(
                task.AsSpan(dash + 1), NumberStyles.None, CultureInfo.InvariantCulture, out int index))
        {
            return new TaskName(job, task[..dash], index);
        }

        throw new RefusalException(Refusal.BadField(
            field, $"{field} must look like jobs/JOB/assignments/STAGE-INDEX.", "BAD_NAME"));
    }

    /// <summary>The part after "workers/", "topics/" or "jobs/".</summary>
    /// <param name="field">The request's field that holds the name.</param>
    /// <exception cref="RefusalException">BAD_NAME.</exception>
    public static string Parse(string collection, string name, string field)
    {
        string prefix = collection + "/";
        return name.StartsWith(prefix, StringComparison.Ordinal) && Names.IsValid(name[prefix.Length..])
            ? name[prefix.Length..]
            : throw new RefusalException(Refusal.BadField(
                field, $"{field} must look like {prefix}NAME, where NAME has {Names.Rule}.", "BAD_NAME"));
    }

    /// <summary>As <see cref="Parse"/>; an empty name means all.</summary>
    public static string ParseOptional(string collection, string name, string field) =>
        name.Length == 0 ? "" : Parse(collection, name, field);

    public static RefusalException Missing(string kind, string name) =>
        new(new Refusal(RefusalKind.NotFound, $"NO_SUCH_{kind.ToUpperInvariant()}", $"There is no {kind} {name}.")
        {
            Metadata = new Dictionary<string, string> { [kind] = name },
        });

    private static ulong ParseNumber(string prefix, string name, string field) =>
        name.StartsWith(prefix, StringComparison.Ordinal)
        && ulong.TryParse(
            name.AsSpan(prefix.Length), NumberStyles.None, CultureInfo.InvariantCulture, out ulong number)
            ? number
            : throw new RefusalException(Refusal.BadField(
                field, $"{field} must look like {prefix}NUMBER.", "BAD_NAME"));
}
