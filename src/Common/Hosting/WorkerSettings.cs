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

    public static readonly Setting<Uri> Coordinator = new(
        "Worker:Coordinator",
        "http://127.0.0.1:7400",
        "an address like http://127.0.0.1:7400",
        "The coordinator's gRPC address.",
        text => Uri.TryCreate(text, UriKind.Absolute, out Uri? uri) && uri.Scheme is "http" ? uri : null);

    public static readonly Setting<int> RunLoops = Setting.Count(
        "Worker:RunLoops", 0, 0, 1024, "Threads that apply events; 0: one for each processor.");

    public static readonly Setting<int> MaxAssignments = Setting.Count(
        "Worker:MaxAssignments", 0, 0, 1_000_000, "The most tasks that the worker takes; 0: no limit of its own.");

    public static IReadOnlyList<Setting> All { get; } = [Name, Coordinator, RunLoops, MaxAssignments];
}
