using Millrace.Common.Model;

namespace Millrace.Common.Hosting;

/// <summary>The worker's configuration keys.</summary>
public static class WorkerSettings
{
    public static readonly Setting<string> Name = Setting.Text(
        "Worker:Name",
        "",
        Names.Rule + "; or empty",
        "The worker's name, the same across its restarts; empty: made from the machine's name and the process id.",
        text => text.Length == 0 || Names.IsValid(text) ? text : null);

    public static readonly Setting<string> Coordinator = Setting.Text(
        "Worker:Coordinator",
        "http://127.0.0.1:7400",
        "an address like http://127.0.0.1:7400, or the path of an endpoints.json or of the directory that holds it",
        "Where the coordinator is. A file is read again at every try, so it may name another port after a restart.",
        text => IsAddress(text) || IsPath(text) ? text : null);

    public static readonly Setting<int> RunLoops = Setting.Count(
        "Worker:RunLoops", 0, 0, 1024, "Threads that apply events; 0: one for each processor.");

    public static readonly Setting<int> MaxAssignments = Setting.Count(
        "Worker:MaxAssignments", 0, 0, 1_000_000, "The most tasks that the worker takes; 0: no limit of its own.");

    public static readonly Setting<string> WorkerLabels = Setting.Text(
        "Worker:Labels",
        "",
        Labels.Rule,
        "What placement may go by, for example zone=a,disk=ssd; pins name labels.",
        text => Labels.Parse(text) is null ? null : text);

    public static readonly Setting<TimeSpan> CostPerEvent = Setting.Duration(
        "Worker:CostPerEvent",
        "0ms",
        TimeSpan.Zero,
        TimeSpan.FromSeconds(1),
        "For tests and benches: a run loop waits this long for each event, as if the operator took that time.");

    public static readonly Setting<int> SnapshotLinks = Setting.Count(
        "Worker:SnapshotLinks",
        10,
        0,
        1_000,
        "The most snapshots in a row that hold only what has changed; 0: every one is whole.");

    public static readonly Setting<Switch> Spy = Setting.Choice(
        "Worker:Spy",
        Switch.On,
        "Whether a small process beside the worker tells the coordinator when it is paused or has died.");

    public static IReadOnlyList<Setting> All { get; } =
        [Name, Coordinator, RunLoops, MaxAssignments, WorkerLabels, CostPerEvent, SnapshotLinks, Spy];

    private static bool IsAddress(string text) =>
        Uri.TryCreate(text, UriKind.Absolute, out Uri? uri) && uri.Scheme is "http" && uri.Host.Length > 0;

    private static bool IsPath(string text) =>
        !text.Contains("://", StringComparison.Ordinal)
        && (text.Contains('/', StringComparison.Ordinal) || text.EndsWith(".json", StringComparison.Ordinal));
}
