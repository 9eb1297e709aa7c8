using System.Globalization;
using Millrace.Common.Model;

namespace Millrace.Coordinator.Rpc;

/// <summary>The names by which the admin services call things, and back.</summary>
internal static class ResourceNames
{
    public static string Worker(string name) => name.Length == 0 ? "" : "workers/" + name;

    public static string Topic(string name) => "topics/" + name;

    public static string Partition(string topic, int index) =>
        string.Create(CultureInfo.InvariantCulture, $"topics/{topic}/partitions/{index}");

    public static string Job(string name) => "jobs/" + name;

    public static string Assignment(string job, string stage, int index) =>
        string.Create(CultureInfo.InvariantCulture, $"jobs/{job}/assignments/{stage}-{index}");

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
}
