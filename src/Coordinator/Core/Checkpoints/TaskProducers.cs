using System.Globalization;
using Millrace.Common.Model;

namespace Millrace.Coordinator.Core.Checkpoints;

/// <summary>The producers under which tasks publish their outputs.</summary>
internal static class TaskProducers
{
    private const string Prefix = "task-";

    public static string IdOf(TaskId task) => $"{Prefix}{task.Value}";

    /// <summary>Null: it is no task's.</summary>
    public static TaskId? TaskOf(string id) =>
        id.StartsWith(Prefix, StringComparison.Ordinal)
        && ulong.TryParse(id.AsSpan(Prefix.Length), NumberStyles.None, CultureInfo.InvariantCulture, out ulong number)
            ? new TaskId(number)
            : null;
}
