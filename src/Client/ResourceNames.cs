using System.Globalization;

namespace Millrace.Client;

/// <summary>Full names of resources from short ones, and back. A name that is full already stays as it is.</summary>
public static class ResourceNames
{
    public static string Worker(string name) => Full("workers/", name);

    public static string Topic(string name) => Full("topics/", name);

    public static string Partition(string topic, int index) =>
        string.Create(CultureInfo.InvariantCulture, $"{Topic(topic)}/partitions/{index}");

    public static string Job(string name) => Full("jobs/", name);

    public static string Operation(string name) => Full("operations/", name);

    public static string DeadLetter(string number) => Full("deadLetters/", number);

    public static string Incident(string number) => Full("incidents/", number);

    public static string Plan(string name) => Full("plans/", name);

    /// <summary>As "jobs/{job}/assignments/{stage}-{index}"; the stage of a job is named after its operator.</summary>
    public static string Assignment(string job, string stage, int index) =>
        $"{Job(job)}/assignments/{stage}-{index}";

    /// <summary>The part after the last slash.</summary>
    public static string Short(string name) => name[(name.LastIndexOf('/') + 1)..];

    private static string Full(string collection, string name) =>
        name.StartsWith(collection, StringComparison.Ordinal) ? name : collection + name;
}
